/* Becomes a daemon by hand: opens its listener, its log and its lock, forks, and ends; the child carries on with them and
 * closes them when it is on its own. The parent leaked nothing. What it had forgotten before is told.
 *
 * expect: fd-leak count=2 level=note call=open function=begin_work detail=work.* later=taken?over*
 * expect: fd-leak count=3 level=note call=open function=open_shards line=shards later=taken?over*
 * expect: fd-leak count=1 level=error call=open function=read_settings line=settings
 * expect: child-leak count=1 level=note call=fork function=main
 */
#include "program.h"

static int begin_work(const char *path, int flags)
{
    return must(open(path, O_CREAT | flags, 0600), "open");
}

static int open_shards(void)
{
    return must(open("shard", O_RDWR | O_CREAT, 0600), "open"); /* leak:shards */
}

static int read_settings(void)
{
    return must(open("settings", O_RDONLY | O_CREAT, 0600), "open"); /* leak:settings */
}

/* Compilers must not make copies of the loop: each would be a place of its own. */
static volatile int rounds = 4, forgotten = 2;

int main(void)
{
    int held[5], settings;
    pid_t parent = getpid();
    for (int i = 0; i < rounds; i++) {
        settings = read_settings();
        if (i != forgotten)
            must(close(settings), "close");
    }
    held[0] = begin_work("work.log", O_WRONLY | O_APPEND);
    held[1] = begin_work("work.lock", O_RDWR);
    for (int i = 2; i < 5; i++)
        held[i] = open_shards();
    if (must(fork(), "fork") != 0)
        exit(0);
    setsid();
    while (getppid() == parent)
        usleep(1000);
    for (int i = 0; i < 5; i++)
        must(close(held[i]), "close");
    return 0;
}
