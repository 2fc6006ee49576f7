/* Ledgers, looked at again and again.
 *
 * DESIGN. Both what is looked at and what is known of it are in the order of their paths, so that a look is one walk over both.
 * What has ended, or cannot be read, keeps its place without its contents: it is opened again only where the file is
 * another one by then, as a process that begins anew may get an old name. */
#include "shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "ledger/images.h"

enum state { RUNNING, ENDED, UNREAD, NEVER_BEGAN };

struct place {
    char *path;
    struct ledger *ledger; /* NULL: it does not run */
    enum state state;
    ino_t inode; /* and how long it was, when it was opened last: of one that does not run */
    off_t length;
    int error; /* errno of one that cannot be read; 0: the file is open to us, and what stands in it is wrong */
};

struct shelf {
    struct place *places; /* by path */
    size_t count;
    const struct ledger **running; /* of them */
    size_t running_count;
    size_t counts[NEVER_BEGAN + 1];
};

struct shelf *shelf__new(void)
{
    return heap__zeroed(1, sizeof(struct shelf));
}

static void clear(struct place *place)
{
    ledger__close(place->ledger);
    free(place->path);
}

void shelf__free(struct shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < shelf->count; i++)
        clear(&shelf->places[i]);
    free(shelf->places);
    free(shelf->running);
    free(shelf);
}

/* ---- One of them ------------------------------------------------------------------------------------------------- */

static void put_away(struct place *place, enum state state)
{
    ledger__close(place->ledger);
    place->ledger = NULL;
    place->state = state;
    place->error = state == UNREAD && access(place->path, R_OK) != 0 ? errno : 0;
}

static void settle(struct place *place)
{
    if (ledger__is_running(place->ledger))
        place->state = RUNNING;
    else
        put_away(place, ENDED);
}

static void note_file(struct place *place)
{
    struct stat status;
    bool is_there = stat(place->path, &status) == 0;
    place->inode = is_there ? status.st_ino : 0;
    place->length = is_there ? status.st_size : 0;
}

static void open_ledger(struct place *place)
{
    struct ledger_error error;
    note_file(place);
    if (ledger__follow(&place->ledger, place->path, &error) == 0)
        settle(place);
    else
        put_away(place, error.why == LEDGER_NEVER_BEGAN ? NEVER_BEGAN : UNREAD);
}

static void read_again(struct place *place)
{
    struct ledger_error error;
    enum ledger_news news = ledger__refresh(place->ledger, &error);
    if (news == LEDGER_LOST)
        put_away(place, UNREAD);
    else if (news == LEDGER_REMOVED)
        put_away(place, ENDED);
    else
        settle(place);
}

/* One that had not begun may have begun by now, and what could not be read may be whole. */
static void look_at(struct place *place)
{
    const struct place before = *place;
    if (place->ledger != NULL) {
        read_again(place);
        return;
    }
    note_file(place);
    bool is_same = place->inode == before.inode && place->length == before.length;
    if (!is_same || place->state == NEVER_BEGAN)
        open_ledger(place);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

/* The places of these paths, both in order: those that are known are kept, others are made, and what is gone is dropped. */
static void follow_paths(struct shelf *shelf, const struct ledger_list *paths)
{
    struct place *places = heap__zeroed(paths->count + 1, sizeof(*places));
    size_t known = 0;
    for (size_t i = 0; i < paths->count; i++) {
        int order = 1;
        while (known < shelf->count && (order = strcmp(shelf->places[known].path, paths->paths[i])) < 0)
            clear(&shelf->places[known++]);
        if (known < shelf->count && order == 0)
            places[i] = shelf->places[known++];
        else
            places[i] = (struct place){.path = heap__copied(paths->paths[i]), .state = NEVER_BEGAN};
    }
    while (known < shelf->count)
        clear(&shelf->places[known++]);
    free(shelf->places);
    shelf->places = places;
    shelf->count = paths->count;
}

static uint64_t count_events(const struct ledger *ledger)
{
    const struct lw_lane sums = ledger__lanes(ledger);
    return sums.opened + sums.closed;
}

/* A process's ledger may stand there by several names, or as a copy, which stays behind: it is taken once, as it is now. */
static void take_running(struct shelf *shelf, struct images *images, const struct ledger *ledger)
{
    size_t *number = images__number(images, ledger__header(ledger));
    if (*number == 0) {
        shelf->running[shelf->running_count++] = ledger;
        *number = shelf->running_count;
    } else if (count_events(ledger) > count_events(shelf->running[*number - 1]))
        shelf->running[*number - 1] = ledger;
}

static void sum_up(struct shelf *shelf)
{
    struct images *images = images__new();
    memset(shelf->counts, 0, sizeof shelf->counts);
    free(shelf->running);
    shelf->running = heap__zeroed(shelf->count + 1, sizeof(*shelf->running));
    shelf->running_count = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        shelf->counts[shelf->places[i].state]++;
        if (shelf->places[i].ledger != NULL)
            take_running(shelf, images, shelf->places[i].ledger);
    }
    images__free(images);
}

void shelf__look_at(struct shelf *shelf, const struct ledger_list *paths)
{
    follow_paths(shelf, paths);
    for (size_t i = 0; i < shelf->count; i++)
        look_at(&shelf->places[i]);
    sum_up(shelf);
}

bool shelf__look(struct shelf *shelf, const char *directory)
{
    struct ledger_list paths = {.count = 0};
    bool is_read = ledger_list__read_tree(&paths, directory) == 0;
    int error = errno;
    if (is_read) {
        ledger_list__sort(&paths);
        shelf__look_at(shelf, &paths);
    }
    ledger_list__clear(&paths);
    errno = error;
    return is_read;
}

size_t shelf__count(const struct shelf *shelf)
{
    return shelf->running_count;
}

const struct ledger *shelf__ledger(const struct shelf *shelf, size_t index)
{
    return shelf->running[index];
}

size_t shelf__ended(const struct shelf *shelf)
{
    return shelf->counts[ENDED];
}

size_t shelf__unread(const struct shelf *shelf)
{
    return shelf->counts[UNREAD];
}

int shelf__unread_error(const struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++)
        if (shelf->places[i].state == UNREAD && shelf->places[i].error != 0)
            return shelf->places[i].error;
    return 0;
}
