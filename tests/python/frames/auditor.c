/* Preloaded behind libleakwatch.so: at events of CPython's auditing, what leakwatch has written of the stack is compared
 * with what the interpreter says of it.
 *
 * DESIGN. The hook is C, so no Python frame is its own. It makes an eventfd and closes it, as what the program just does
 * might; then it looks into the ledger for the stacks of both, and asks the interpreter for its frames. A constructor sets
 * it up before the interpreter starts, so nothing that Python code can see has changed.
 *
 *   AUDITOR_COUNTS=FILE   struct counts, shared by all processes that find it in their environment
 *   AUDITOR_LOG=FILE      what was wrong, appended */
#define _GNU_SOURCE
#define LEAKWATCH_TYPES_ONLY
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpreter.h"
#include "leakwatch/leakwatch.h"
#include "view.h"

enum { FRAMES = 512 };

/* Kept in step with auditing.py. */
struct counts {
    uint64_t compared; /* stacks: two of each event that was looked at */
    uint64_t equal;    /* the same functions, files and lines in the same order */
    uint64_t cut;      /* the same, but not all the way out */
    uint64_t native;   /* no line at all */
    uint64_t folded;   /* a line, or a frame, found no room in the ledger */
    uint64_t wrong;
    uint64_t hidden; /* of an interpreter whose frames are not told: nothing is compared */
    uint64_t unseen; /* events of which the ledger has nothing: no room, no descriptor left, no ledger of a child yet */
};

static struct counts *counts;
static const struct leakwatch_api *api;
static struct view view;
static char written[2][FRAMES][LINE_ROOM], said[FRAMES][LINE_ROOM];
static pthread_mutex_t room = PTHREAD_MUTEX_INITIALIZER; /* of the above */
static _Thread_local bool is_inside;

static void add(uint64_t *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void complain(const char *event, const char *what, char (*lines)[LINE_ROOM], int count, int frames)
{
    static const char *path;
    if (!path)
        path = getenv("AUDITOR_LOG");
    FILE *log = path ? fopen(path, "ae") : NULL;
    if (!log)
        return;
    fprintf(log, "%d %s %s\n", getpid(), event, what);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < (side ? frames : count) && i < FRAMES; i++) {
            char *text = side ? said[i] : lines[i];
            fprintf(log, "  %s ", side ? "interpreter" : "leakwatch");
            for (; *text; text++)
                fputc(*text == '\n' ? ' ' : *text, log);
            fputc('\n', log);
        }
    fclose(log);
}

/* The lines in a stack, innermost first; -1: one of them found no room. */
static int lines_of(uint32_t stack, char (*lines)[LINE_ROOM])
{
    int count = 0;
    const struct lw_frame *frame;
    for (; count < FRAMES && (frame = view_frame(&view, stack)) != NULL; stack = frame->parent)
        if (frame->address == LW_ADDRESS_LINE && !view_line(&view, frame->module, lines[count++], LINE_ROOM))
            return -1;
    return count;
}

static void compare(const char *event, const char *what, char (*lines)[LINE_ROOM], int count, int frames)
{
    add(&counts->compared);
    if (count < 0) {
        add(&counts->folded);
        return;
    }
    if (count == 0 && frames > 0) {
        add(view_is_full(&view) ? &counts->folded : &counts->native);
        return;
    }
    bool same = count <= frames;
    for (int i = 0; same && i < count && i < FRAMES; i++)
        same = strcmp(lines[i], said[i]) == 0;
    add(!same ? &counts->wrong : count < frames ? &counts->cut : &counts->equal);
    if (!same)
        complain(event, what, lines, count, frames);
}

/* The numbers of the two stacks; nothing that the interpreter does may come between the two calls. */
static bool take(uint32_t *acquired, uint32_t *released)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    if (fd < 0)
        return false;
    const char *path = api->ledger();
    bool known = path && *path && view_open(&view, path);
    const struct lw_slot *slot = known ? view_slot(&view, fd) : NULL;
    uint32_t site = slot && lw_state(slot->word) == LW_HELD && slot->kind == LW_FD_EVENTFD ? slot->site : 0;
    close(fd);
    *acquired = site ? view_stack_of_site(&view, site) : 0;
    *released = site && lw_state(slot->word) == LW_FREE ? slot->release_stack : 0;
    return *acquired && *released;
}

static void look(const char *event)
{
    uint32_t stacks[2];
    if (interpreter_is_hidden()) {
        add(&counts->hidden);
        return;
    }
    if (!take(&stacks[0], &stacks[1])) {
        add(&counts->unseen);
        return;
    }
    int count[2];
    for (int i = 0; i < 2; i++)
        count[i] = lines_of(stacks[i], written[i]);
    int frames = interpreter_frames(said, FRAMES);
    for (int i = 0; i < 2; i++)
        compare(event, i ? "released" : "acquired", written[i], count[i], frames);
}

/* Of events that come by the thousand, one of so many. */
static bool is_turn(const char *event)
{
    static _Thread_local unsigned turn;
    static const char *const frequent[] = {"builtins.id", "object.__", "code.__new__", "marshal.", "sys._getframe"};
    for (size_t i = 0; i < sizeof frequent / sizeof frequent[0]; i++)
        if (strncmp(event, frequent[i], strlen(frequent[i])) == 0)
            return ++turn % 64 == 0;
    return true;
}

static int hear(const char *event, void *arguments, void *data)
{
    (void)arguments, (void)data;
    if (is_inside || !is_turn(event) || !interpreter_runs())
        return 0;
    int error = errno;
    is_inside = true;
    if (pthread_mutex_trylock(&room) == 0) {
        look(event);
        pthread_mutex_unlock(&room);
    } else
        add(&counts->unseen);
    is_inside = false;
    errno = error;
    return 0;
}

/* A fork may have happened while another thread looked. */
static void begin_child(void)
{
    pthread_mutex_init(&room, NULL);
    is_inside = false;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("AUDITOR_COUNTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *shared = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    api = dlsym(RTLD_DEFAULT, "leakwatch_api");
    if (shared == MAP_FAILED || !api || !interpreter_find())
        return;
    counts = shared;
    pthread_atfork(NULL, NULL, begin_child);
    interpreter_audit(hear);
}
