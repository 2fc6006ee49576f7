/* How much a program, and what watches it, has taken for itself. */
#ifndef GROWTH_H
#define GROWTH_H

#include "program.h"

#include "leakwatch/leakwatch.h"
#include "leakwatch/ledger.h"

/* Memory that was written and is nobody else's. Not what is resident: the first step into code or constants of a library
 * maps up to 64 KiB of its file at once, so that two or three calls of the C library look like 284 KiB; the counters in
 * /proc/self/statm are estimates on many kernels; and files may be dropped and read again. */
static inline long private_kilobytes(void)
{
    char text[4096] = "";
    int rollup = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    if (rollup < 0) {
        fprintf(stderr, "/proc/self/smaps_rollup: %s\n", strerror(errno));
        exit(77);
    }
    must((int)read(rollup, text, sizeof text - 1), "read");
    must(close(rollup), "close");
    const char *written = strstr(text, "\nAnonymous:"), *swapped = strstr(text, "\nSwap:");
    if (!written || !swapped)
        exit(97);
    return strtol(strchr(written, ':') + 1, NULL, 10) + strtol(strchr(swapped, ':') + 1, NULL, 10);
}

/* What of the ledger is in use; 0 where the program is not watched. */
static inline unsigned long long ledger_bytes(void)
{
    struct lw_header header = {0};
    if (!leakwatch_active())
        return 0;
    int fd = must(open(leakwatch_ledger(), O_RDONLY | O_CLOEXEC), "open");
    must((int)pread(fd, &header, sizeof header, 0), "pread");
    must(close(fd), "close");
    return header.used;
}

static inline long taken_kilobytes(void)
{
    return private_kilobytes() + (long)(ledger_bytes() / 1024);
}

/* Ends the program if more than that has come to what was taken before. */
static inline void must_not_have_grown(long before, long most)
{
    long after = taken_kilobytes();
    if (after - before <= most)
        return;
    fprintf(stderr, "%ld KiB were taken, then %ld\n", before, after);
    exit(97);
}

#endif
