/* Each generation opens something and forks the next one: none keeps the address space that its ancestors' ledgers took,
 * and one with a limit can still have what it needs.
 *
 * expect: fd-leak count=31 call=open function=forget line=forget pids=31
 * allow: inherited-fd
 */
#include "program.h"

#include <sys/resource.h>

#define GENERATIONS 30
#define NEEDED (64u << 20)

static void forget(void)
{
    must(open("/etc/passwd", O_RDONLY | O_CLOEXEC), "open"); /* leak:forget */
}

static int last(void)
{
    unsigned long pages = 0;
    FILE *statm = must_have(fopen("/proc/self/statm", "re"), "fopen");
    must(fscanf(statm, "%lu", &pages), "fscanf");
    must(fclose(statm), "fclose");
    const struct rlimit limit = {1000u << 20, 1000u << 20};
    must(setrlimit(RLIMIT_AS, &limit), "setrlimit");
    void *memory = malloc(NEEDED);
    printf("%s, %s\n", pages * 4096 < 800u << 20 ? "small" : "large", memory ? "64 MiB more" : "no 64 MiB more");
    free(memory);
    return 0;
}

int main(void)
{
    for (int i = 0; i < GENERATIONS; i++) {
        forget();
        pid_t child = must(fork(), "fork");
        if (child != 0)
            return end_of(child);
    }
    forget();
    return last();
}
