/* Where processes of a run keep their ledgers that may not write to its directory: workers that began as root.
 *
 * DESIGN. Whoever they become must be able to make files there; but in a directory that is open to everybody, as /tmp is,
 * anybody could put ledgers that no process of this run has written. So its name is a secret of 128 bits, which stands in
 * the environment of the watched processes: the kernel shows that to their own users and to root. It lies in a directory that
 * can be passed through but not listed; in it nobody can list, nor remove or replace what is another's (sticky), and the
 * library makes its files with O_EXCL and O_NOFOLLOW. */
#include "worker_directory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"

enum { PASSED_THROUGH = 0711, WRITTEN_TO = 01733 };

static char *secret(void)
{
    uint64_t numbers[2];
    if (getrandom(numbers, sizeof numbers, 0) != (ssize_t)sizeof numbers)
        return NULL;
    return heap__printed("%016" PRIx64 "%016" PRIx64, numbers[0], numbers[1]);
}

static bool make(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return false;
    if (chmod(path, WRITTEN_TO) == 0)
        return true;
    rmdir(path);
    return false;
}

void worker_directory__open(struct worker_directory *workers, const char *directory)
{
    *workers = (struct worker_directory){.place = NULL};
    char *name = geteuid() == 0 ? secret() : NULL;
    if (name == NULL)
        return;
    workers->place = heap__printed("%s/.workers.XXXXXX", directory);
    bool is_made = mkdtemp(workers->place) != NULL;
    workers->path = heap__printed("%s/%s", workers->place, name);
    workers->below = heap__copied(workers->path + strlen(directory) + 1);
    if (!is_made || chmod(workers->place, PASSED_THROUGH) != 0 || !make(workers->path)) {
        if (is_made)
            rmdir(workers->place);
        free(workers->place);
        free(workers->path);
        free(workers->below);
        *workers = (struct worker_directory){.place = NULL};
    }
    free(name);
}

/* What else may stand there is none of ours. */
static bool is_file(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

void worker_directory__add(const struct worker_directory *workers, struct ledger_list *ledgers)
{
    struct ledger_list all = {.count = 0};
    if (workers->path != NULL && ledger_list__read(&all, workers->path) == 0)
        for (size_t i = 0; i < all.count; i++)
            if (is_file(all.paths[i]))
                ledger_list__add(ledgers, all.paths[i]);
    ledger_list__clear(&all);
}

void worker_directory__gather(const struct worker_directory *workers, const char *directory)
{
    struct ledger_list ledgers = {.count = 0};
    worker_directory__add(workers, &ledgers);
    for (size_t i = 0; i < ledgers.count; i++) {
        char *path = heap__printed("%s%s", directory, strrchr(ledgers.paths[i], '/'));
        int moved = renameat2(AT_FDCWD, ledgers.paths[i], AT_FDCWD, path, RENAME_NOREPLACE);
        (void)moved; /* else it is read where it is */
        free(path);
    }
    ledger_list__clear(&ledgers);
}

void worker_directory__close(struct worker_directory *workers, bool with_ledgers)
{
    struct ledger_list ledgers = {.count = 0};
    if (workers->path == NULL)
        return;
    if (with_ledgers && ledger_list__read(&ledgers, workers->path) == 0)
        for (size_t i = 0; i < ledgers.count; i++)
            unlink(ledgers.paths[i]);
    ledger_list__clear(&ledgers);
    if (rmdir(workers->path) == 0)
        rmdir(workers->place);
    free(workers->place);
    free(workers->path);
    free(workers->below);
    *workers = (struct worker_directory){.place = NULL};
}
