/* Reads a ledger again that has been read before.
 *
 * DESIGN. Two readings, as when it is opened (live.c), into the snapshot that is there already. Where nothing has changed
 * the second one is left out. Where anything has, all is checked again, for what leads nowhere may have come to lead
 * somewhere; that takes a fraction of the reading. */
#include <string.h>
#include <unistd.h>

#include "base/moment.h"
#include "private.h"

/* What is not in the pages. */
static bool is_same(const struct ledger *then, const struct ledger *now)
{
    return then->end != NULL && strcmp(then->end, now->end) == 0 && then->running == now->running &&
           then->size == now->size && then->data == now->data && then->missing == now->missing &&
           memcmp(&then->header, &now->header, sizeof now->header) == 0;
}

static bool is_another(const struct ledger *then, const struct ledger *now)
{
    const struct lw_header *a = &then->header, *b = &now->header;
    return then->device != now->device || then->inode != now->inode || a->pid != b->pid ||
           a->start_ticks != b->start_ticks || a->image != b->image || a->start_realtime != b->start_realtime;
}

/* The first reading. A process that is gone now may have written its last words just behind the reader's back. */
static int read_once(struct ledger *ledger, bool ran, int fd, struct ledger_error *error)
{
    if (pages__begin(ledger, error) != 0 || snapshot__copy(ledger, fd, error) != 0)
        return -1;
    header__find_end(ledger);
    if (!ran || ledger->running)
        return 0;
    ledger->damaged = 0;
    if (snapshot__take(ledger, fd, error) != 0)
        return -1;
    header__find_end(ledger);
    return 0;
}

/* What was read is a mixture that nobody has checked: it is left out, and the ledger is one without anything in it. */
static enum ledger_news give_up(struct ledger *ledger, const struct ledger *then)
{
    struct ledger_error error;
    if (then->end == NULL)
        return LEDGER_LOST; /* it is about to be closed */
    ledger->header = then->header;
    ledger->sizes = then->sizes;
    ledger->end = then->end;
    ledger->size = ledger->data = ledger->damaged = 0;
    ledger->running = true; /* that nothing is there is no damage */
    if (slots__map(ledger, &error) != 0 || read__check(ledger, &error) != 0)
        ledger->lane_count = 0;
    ledger->running = then->running;
    return LEDGER_LOST;
}

static enum ledger_news read_again(struct ledger *ledger, int fd, struct ledger_error *error)
{
    struct ledger then = *ledger;
    ledger->damaged = 0;
    if (snapshot__look(ledger, fd, error) != 0) {
        *ledger = then;
        return LEDGER_LOST;
    }
    if (is_another(&then, ledger))
        process_watch__end(&ledger->watch);
    if (read_once(ledger, then.running, fd, error) != 0)
        return give_up(ledger, &then);
    ledger->read_at = moment__now();
    ledger->moment = 0;
    if (pages__changes(ledger) == 0 && is_same(&then, ledger)) {
        ledger->damaged = then.damaged;
        memcpy(ledger->damages, then.damages, sizeof ledger->damages);
        return LEDGER_SAME;
    }
    if (read__settle(ledger, fd, error) != 0 || read__check(ledger, error) != 0)
        return give_up(ledger, &then);
    return is_another(&then, ledger) ? LEDGER_REPLACED : LEDGER_CHANGED;
}

static enum ledger_news read_file(struct ledger *ledger, struct ledger_error *error)
{
    error->why = LEDGER_UNREADABLE;
    int fd = snapshot__open_file(ledger->path, error);
    if (fd < 0)
        return error->why == LEDGER_NOT_THERE ? LEDGER_REMOVED : LEDGER_LOST;
    enum ledger_news news = read_again(ledger, fd, error);
    close(fd);
    return news;
}

/* Its file is gone, and perhaps its process. */
static void find_end(struct ledger *ledger)
{
    uint64_t damaged = ledger->damaged;
    if (!ledger__is_running(ledger))
        return;
    header__find_end(ledger);
    ledger->damaged = damaged;
    if (!ledger->running)
        ledger->end = "exit";
}

enum ledger_news ledger__refresh(struct ledger *ledger, struct ledger_error *error)
{
    if (ledger->is_copy)
        return LEDGER_SAME;
    enum ledger_news news = read_file(ledger, error);
    if (news == LEDGER_REMOVED)
        find_end(ledger);
    if (news == LEDGER_REMOVED || news == LEDGER_LOST)
        ledger->moment = ledger->read_at;
    return news;
}

int ledger__follow(struct ledger **ledger, const char *path, struct ledger_error *error)
{
    *ledger = NULL;
    struct ledger *followed = read__new(path, error);
    if (followed == NULL)
        return -1;
    enum ledger_news news = read_file(followed, error);
    if (news == LEDGER_CHANGED || news == LEDGER_REPLACED) {
        *ledger = followed;
        return 0;
    }
    ledger__close(followed);
    return -1;
}
