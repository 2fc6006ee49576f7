/* What is looked at again and again.
 *
 * DESIGN. Which ledgers a process has, its maps say. Those of all processes take some milliseconds to read, so that they
 * are looked through as rarely as what it costs asks for; those of one are read at each look, as it may have executed
 * another program by then. */
#include "subject.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/heap.h"
#include "base/moment.h"
#include "base/words.h"
#include "run/mapped_ledgers.h"

enum { RARELY = 200 }; /* times as long as it took, at least, lie between two searches */

enum what { DIRECTORY, PROCESS, MACHINE };

struct subject {
    enum what what;
    char *text;
    uint32_t pid;
    struct shelf *shelf;
    struct ledger_list found;
    uint64_t next; /* when to search again */
    char *trouble;
};

struct subject *subject__new(const char *text)
{
    struct subject *subject = heap__zeroed(1, sizeof(*subject));
    struct stat status;
    subject->text = heap__copied(text != NULL ? text : "all processes of this machine");
    subject->what = text == NULL                                                                  ? MACHINE
                    : lstat(text, &status) != 0 && mapped_ledgers__is_number(text, &subject->pid) ? PROCESS
                                                                                                  : DIRECTORY;
    subject->shelf = shelf__new();
    return subject;
}

void subject__free(struct subject *subject)
{
    shelf__free(subject->shelf);
    ledger_list__clear(&subject->found);
    free(subject->text);
    free(subject->trouble);
    free(subject);
}

static void search(struct subject *subject)
{
    uint64_t begin = moment__now();
    if (begin < subject->next)
        return;
    ledger_list__clear(&subject->found);
    if (subject->what == PROCESS)
        mapped_ledgers__add(&subject->found, subject->pid);
    else
        mapped_ledgers__add_all(&subject->found);
    ledger_list__sort(&subject->found);
    uint64_t end = moment__now();
    subject->next = subject->what == PROCESS ? 0 : end + RARELY * (end - begin);
}

/* A process has no number of its own any more once it has ended, but may have left what it wrote. */
static char *trouble_of(const struct subject *subject)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%" PRIu32, subject->pid);
    if (stat(path, &status) != 0)
        return heap__printed("process %" PRIu32 " has ended, or never was", subject->pid);
    return heap__printed("process %" PRIu32
                         " keeps no ledger that may be read here: it is not watched, has taken nothing "
                         "so far, or is another user's",
                         subject->pid);
}

/* Where all that can be said is that nothing can be read; NULL. */
static char *unread_of(const struct subject *subject)
{
    const struct shelf *shelf = subject->shelf;
    char number[WORDS];
    size_t unread = shelf__unread(shelf);
    int error = shelf__unread_error(shelf);
    if (unread == 0 || shelf__count(shelf) + shelf__ended(shelf) > 0)
        return NULL;
    return heap__printed("%s: %s %s cannot be read (%s)", subject->text, words__number(number, unread),
                         words__plural(unread, "ledger", "ledgers"),
                         error != 0 ? strerror(error) : "damaged, or of another version");
}

bool subject__look(struct subject *subject)
{
    free(subject->trouble);
    subject->trouble = NULL;
    if (subject->what == DIRECTORY) {
        if (!shelf__look(subject->shelf, subject->text))
            subject->trouble = heap__printed("%s: %s", subject->text, strerror(errno));
        else
            subject->trouble = unread_of(subject);
        return subject->trouble == NULL;
    }
    search(subject);
    shelf__look_at(subject->shelf, &subject->found);
    if (subject->what == PROCESS && shelf__count(subject->shelf) == 0)
        subject->trouble = trouble_of(subject);
    return subject->trouble == NULL;
}

const char *subject__trouble(const struct subject *subject)
{
    return subject->trouble;
}

const struct shelf *subject__shelf(const struct subject *subject)
{
    return subject->shelf;
}

const char *subject__name(const struct subject *subject)
{
    return subject->text;
}
