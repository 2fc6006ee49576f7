/* Where the ledgers of one run go. */
#include "directory.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/process_stat.h"
#include "environment.h"
#include "interruption.h"
#include "roll.h"
#include "source/path.h"
#include "symbol_files.h"

static const char usual_place[] = "/tmp";
static const char link_name[] = "libleakwatch.so";

static int make_private(struct run_directory *directory)
{
    const char *place = getenv("TMPDIR");
    if (place == NULL || place[0] != '/')
        place = usual_place;
    directory->path = heap__printed("%s/leakwatch.XXXXXX", place);
    if (mkdtemp(directory->path) != NULL) {
        interruption__guard(directory->path);
        directory->is_private = true;
        bool is_root = geteuid() == 0;                                     /* that of the workers is in it */
        if (chmod(directory->path, is_root ? 0711 : 0700) == 0 && is_root) /* the umask may have taken some of it */
            worker_directory__open(&directory->workers, directory->path);
        return 0;
    }
    complain("no directory for ledgers can be made in %s: %s; set TMPDIR", place, strerror(errno));
    free(directory->path);
    directory->path = NULL;
    return -1;
}

static int use_named(struct run_directory *directory, const char *name)
{
    if (mkdir(name, 0777) != 0 && errno != EEXIST) {
        complain("%s: cannot be made: %s", name, strerror(errno));
        return -1;
    }
    struct stat status;
    if (stat(name, &status) == 0 && !S_ISDIR(status.st_mode)) {
        complain("%s: is not a directory; --keep-ledgers wants one that can be written to", name);
        return -1;
    }
    directory->path = realpath(name, NULL);
    if (directory->path == NULL || access(directory->path, W_OK | X_OK) != 0 ||
        ledger_list__read(&directory->before, directory->path) != 0) {
        complain("%s: %s; --keep-ledgers wants a directory that can be written to", name, strerror(errno));
        return -1;
    }
    ledger_list__sort(&directory->before);
    worker_directory__open(&directory->workers, directory->path);
    interruption__guard(NULL);
    return 0;
}

static char *link_path(const struct run_directory *directory)
{
    return heap__printed("%s/%s", directory->path, link_name);
}

/* LD_PRELOAD separates paths by blanks and colons, so a path that holds one needs another name. */
static int find_library(struct run_directory *directory)
{
    const char *named = getenv("LEAKWATCH_LIBRARY");
    directory->library = environment__library();
    if (directory->library == NULL && named != NULL && named[0] != '\0') {
        complain("%s, which LEAKWATCH_LIBRARY names: %s", named, strerror(errno));
        return -1;
    }
    if (directory->library == NULL) {
        complain(
            "libleakwatch.so is neither beside this command nor where it would be installed; set LEAKWATCH_LIBRARY");
        return -1;
    }
    if (environment__can_preload(directory->library))
        return 0;
    char *link = link_path(directory);
    if (environment__can_preload(link) && (symlink(directory->library, link) == 0 || errno == EEXIST)) {
        free(directory->library);
        directory->library = link;
        return 0;
    }
    complain("%s: LD_PRELOAD cannot name a path with a blank or a colon; install it elsewhere", directory->library);
    free(link);
    return -1;
}

int run_directory__open(struct run_directory *directory, const char *keep)
{
    int result = keep != NULL ? use_named(directory, keep) : make_private(directory);
    return result == 0 ? find_library(directory) : -1;
}

void run_directory__keep_roll(struct run_directory *directory)
{
    directory->has_roll = directory->is_private && roll__make(directory->path);
}

/* "basket_tests.add_one": what a file's name should not have becomes '_'; of two long ones that begin alike, a sum of all
 * bytes tells. */
static char *name_of(char *const *command)
{
    enum { LONGEST = 100 };
    char *name = heap__copied(base_name(command[0]));
    while (*++command != NULL) {
        char *longer = heap__printed("%s.%s", name, *command);
        free(name);
        name = longer;
    }
    uint64_t sum = HASH_START;
    hash__text(&sum, name);
    for (char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("._-+", *at) == NULL)
            *at = '_';
    if (strlen(name) <= LONGEST)
        return name;
    char *shorter = heap__printed("%.*s.%016" PRIx64, LONGEST, name, sum);
    free(name);
    return shorter;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* When our parent, the runner of the tests, was started, at the latest: seconds since the epoch; 0: not known. The kernel
 * tells whole ticks, and what a file was written at may lie a tick back, too. */
static double parent_start(void)
{
    struct process_stat stat;
    bool known = process_stat__read(&stat, (uint32_t)getppid());
    double booted = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME);
    return known ? booted + ((double)stat.start_ticks - 1) / (double)sysconf(_SC_CLK_TCK) : 0;
}

/* Two tests may be one command with another environment: what the same run of the tests has left stays. */
static bool is_older(const char *path, double start)
{
    struct stat status;
    return stat(path, &status) == 0 &&
           (start == 0 || (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec / 1e9 < start);
}

int run_directory__open_below(struct run_directory *directory, const char *place, char *const *command)
{
    struct ledger_list ledgers = {.count = 0};
    char *name = name_of(command), *path = heap__printed("%s/%s", place, name);
    free(name);
    int result = 0;
    if (mkdir(place, 0777) != 0 && errno != EEXIST) {
        result = complain("%s: cannot be made: %s", place, strerror(errno));
    } else if (ledger_list__read(&ledgers, path) == 0) {
        double start = parent_start();
        symbol_files__list(&ledgers, path);
        for (size_t i = 0; i < ledgers.count; i++)
            if (is_older(ledgers.paths[i], start))
                unlink(ledgers.paths[i]);
    }
    ledger_list__clear(&ledgers);
    if (result == 0)
        result = run_directory__open(directory, path);
    free(path);
    return result;
}

int run_directory__ledgers_so_far(const struct run_directory *directory, struct ledger_list *ledgers)
{
    if (ledger_list__read(ledgers, directory->path) != 0)
        return -1;
    ledger_list__sort(ledgers);
    ledger_list__remove(ledgers, &directory->before);
    worker_directory__add(&directory->workers, ledgers);
    return 0;
}

int run_directory__ledgers(const struct run_directory *directory, struct ledger_list *ledgers)
{
    if (!directory->is_private)
        worker_directory__gather(&directory->workers, directory->path);
    if (run_directory__ledgers_so_far(directory, ledgers) == 0)
        return 0;
    complain("%s: %s", directory->path, strerror(errno));
    return -1;
}

static void remove_all(const struct run_directory *directory)
{
    struct ledger_list ledgers = {.count = 0};
    if (ledger_list__read(&ledgers, directory->path) == 0)
        for (size_t i = 0; i < ledgers.count; i++)
            unlink(ledgers.paths[i]);
    ledger_list__clear(&ledgers);
    if (directory->has_roll)
        roll__remove(directory->path);
    char *link = link_path(directory);
    unlink(link);
    free(link);
    if (rmdir(directory->path) != 0)
        complain("%s: cannot be removed: %s", directory->path, strerror(errno));
}

void run_directory__close(struct run_directory *directory)
{
    worker_directory__close(&directory->workers, directory->is_private);
    if (directory->is_private)
        remove_all(directory);
    interruption__relax(directory->path);
    ledger_list__clear(&directory->before);
    free(directory->path);
    free(directory->library);
    *directory = (struct run_directory){.path = NULL};
}

bool run_directory__is_passable(const struct run_directory *directory)
{
    char *path = heap__copied(directory->path), *slash = path + strlen(path);
    struct stat status;
    bool is_passable = true;
    for (; is_passable && slash != NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        is_passable = stat(path[0] != '\0' ? path : "/", &status) == 0 && (status.st_mode & S_IXOTH) != 0;
    }
    free(path);
    return is_passable;
}
