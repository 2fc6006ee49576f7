/* A million entries need no more of the ledger than a thousand, and a million resources that come and go in one scope
 * need no more memory than a few.
 *
 * expect-scope: path=entry kind=named entered=1000000 ended=1000000 left=0
 * expect-scope: path=long kind=named entered=1 ended=1 left=0 most_held=1
 */
#include "program.h"

#include "leakwatch/leakwatch.h"
#include "leakwatch/ledger.h"

enum { FEW = 1000, MANY = 1000000, SPARE_PAGES = 64 };

static uint64_t used(void)
{
    struct lw_header header = {0};
    if (!leakwatch_active())
        return 0;
    int fd = must(open(leakwatch_ledger(), O_RDONLY), "open");
    must((int)pread(fd, &header, sizeof header, 0), "pread");
    must(close(fd), "close");
    return header.used;
}

static long resident_pages(void)
{
    long size, resident;
    FILE *statistics = must_have(fopen("/proc/self/statm", "r"), "fopen");
    if (fscanf(statistics, "%ld %ld", &size, &resident) != 2)
        resident = -1;
    fclose(statistics);
    return resident;
}

static void enter(int times)
{
    for (int i = 0; i < times; i++)
        leakwatch_scope_end(leakwatch_scope_begin("entry"));
}

static void come_and_go(int times)
{
    for (int i = 0; i < times; i++)
        must(close(must(open("/dev/null", O_RDONLY), "open")), "close");
}

int main(void)
{
    used();
    enter(FEW);
    uint64_t before = used();
    enter(MANY - FEW);
    uint64_t after = used();
    leakwatch_scope_t scope = leakwatch_scope_begin("long");
    come_and_go(FEW);
    long pages_before = resident_pages();
    come_and_go(MANY);
    long pages_after = resident_pages();
    leakwatch_scope_end(scope);
    if (after != before || pages_before < 0 || pages_after > pages_before + SPARE_PAGES) {
        fprintf(stderr, "used %llu, then %llu; pages %ld, then %ld\n", (unsigned long long)before,
                (unsigned long long)after, pages_before, pages_after);
        return 1;
    }
    return 0;
}
