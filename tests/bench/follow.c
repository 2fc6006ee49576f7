/* Follows all ledgers of a directory: follow DIRECTORY [check]. With each line that it gets, and once at the beginning, it
 * reads all of them, and prints a line: how many there are, what became of them, seconds of a processor, bytes read, and
 * how much memory they take in all. With `check` each is compared with what it is when it is opened anew. */
#include "driver.h"

#include <dirent.h>
#include <unistd.h>

#include "commands/dump/ledger.h"
#include "ledger/read.h"

struct follower {
    struct ledger **ledgers;
    size_t count;
    long resident; /* pages before the first one was opened */
    int checks;
};

static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    must(file != NULL && fscanf(file, "%ld %ld", &size, &pages) == 2, "/proc/self/statm");
    fclose(file);
    return pages;
}

/* 0: this kernel does not count. */
static unsigned long long bytes_read(void)
{
    unsigned long long bytes = 0;
    FILE *file = fopen("/proc/self/io", "re");
    if (file != NULL && fscanf(file, "rchar: %llu", &bytes) != 1)
        bytes = 0;
    if (file != NULL)
        fclose(file);
    return bytes;
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char *dump_of(const struct ledger *ledger)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    must(out != NULL, "open_memstream");
    dump__ledger(out, ledger);
    fclose(out);
    return text;
}

static void compare(const struct ledger *followed)
{
    struct ledger *opened;
    struct ledger_error error;
    if (ledger__open(&opened, ledger__path(followed), &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    char *here = dump_of(followed), *there = dump_of(opened);
    if (strcmp(here, there) != 0) {
        fprintf(stderr, "%s is not what it is when it is opened\n", ledger__path(followed));
        exit(1);
    }
    free(here);
    free(there);
    ledger__close(opened);
}

static void follow(struct follower *follower, const char *path)
{
    struct ledger_error error;
    struct ledger *ledger;
    if (ledger__follow(&ledger, path, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    follower->ledgers = realloc(follower->ledgers, (follower->count + 1) * sizeof *follower->ledgers);
    must(follower->ledgers != NULL, "realloc");
    follower->ledgers[follower->count++] = ledger;
}

static void follow_all(struct follower *follower, const char *directory)
{
    char path[4096];
    DIR *entries = opendir(directory);
    must(entries != NULL, directory);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.')
            follow(follower, path);
    }
    closedir(entries);
}

static void read_again(const struct follower *follower)
{
    size_t news[LEDGER_REMOVED - LEDGER_LOST + 1] = {0};
    struct ledger_error error;
    unsigned long long read_before = bytes_read();
    double begin = processor_seconds();
    for (size_t i = 0; i < follower->count; i++)
        news[ledger__refresh(follower->ledgers[i], &error) - LEDGER_LOST]++;
    double took = processor_seconds() - begin;
    unsigned long long read_after = bytes_read();
    for (size_t i = 0; follower->checks && i < follower->count; i++)
        compare(follower->ledgers[i]);
    size_t same = news[LEDGER_SAME - LEDGER_LOST], changed = news[LEDGER_CHANGED - LEDGER_LOST];
    printf("ledgers=%zu same=%zu changed=%zu other=%zu seconds=%.4f bytes=%llu resident=%ld\n", follower->count, same,
           changed, follower->count - same - changed, took, read_after - read_before,
           (resident() - follower->resident) * sysconf(_SC_PAGESIZE));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct follower follower = {.resident = resident(), .checks = argc > 2 && strcmp(argv[2], "check") == 0};
    char line[16];
    if (argc < 2) {
        fputs("usage: follow DIRECTORY [check]\n", stderr);
        return 2;
    }
    follow_all(&follower, argv[1]);
    read_again(&follower);
    while (fgets(line, sizeof line, stdin) != NULL)
        read_again(&follower);
    for (size_t i = 0; i < follower.count; i++)
        ledger__close(follower.ledgers[i]);
    free(follower.ledgers);
    return 0;
}
