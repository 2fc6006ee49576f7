/* What a sweep makes fail. */
#include "sites.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "source/path.h"
#include "symbol/stacks.h"

/* The first row whose pattern fits says which errors a call may plausibly meet; a call without a row is left alone. */
static const struct plausible {
    const char *call, *errors[3];
} plausible[] = {
    {"fclose", {"ENOSPC"}},
    {"_IO_fclose", {"ENOSPC"}},
    {"close", {"EIO"}},
    {"__close", {"EIO"}},
    {"pclose", {"ECHILD"}},
    {"open*", {"EMFILE", "EACCES"}},
    {"__open*", {"EMFILE", "EACCES"}},
    {"creat*", {"EMFILE", "ENOSPC"}},
    {"fopen*", {"EMFILE", "EACCES"}},
    {"fdopen*", {"ENOMEM"}},
    {"mk*temp*", {"EMFILE", "ENOSPC"}},
    {"tmpfile*", {"EMFILE", "ENOSPC"}},
    {"fmemopen", {"ENOMEM"}},
    {"open_*memstream", {"ENOMEM"}},
    {"accept*", {"EMFILE", "ECONNABORTED"}},
    {"socket*", {"EMFILE"}},
    {"pipe*", {"EMFILE"}},
    {"dup*", {"EMFILE"}},
    {"epoll_create*", {"EMFILE"}},
    {"inotify_init*", {"EMFILE"}},
    {"eventfd", {"EMFILE"}},
    {"signalfd", {"EMFILE"}},
    {"timerfd_create", {"EMFILE"}},
    {"pthread_create", {"EAGAIN"}},
    {"memfd_create", {"EMFILE"}},
    {"shm_open", {"EMFILE"}},
    {"mq_open", {"EMFILE"}},
    {"fts*_open", {"EMFILE"}},
};

static const struct plausible *plausible_errors(const char *call)
{
    for (size_t i = 0; i < sizeof plausible / sizeof plausible[0]; i++)
        if (fnmatch(plausible[i].call, call, 0) == 0)
            return &plausible[i];
    return NULL;
}

/* Marks and separators of rules cannot stand in a name, and it has to fit. */
static bool can_be_named(const char *module)
{
    enum { ROOM = 64 };
    return module[0] != '\0' && strlen(module) < ROOM && strpbrk(module, ",:/@%~^'\" ") == NULL;
}

static bool is_known(const struct sweep_sites *sites, const char *call, const char *place)
{
    for (size_t i = 0; i < sites->count; i++)
        if (strcmp(sites->sites[i].call, call) == 0 && strcmp(sites->sites[i].place, place) == 0)
            return true;
    return false;
}

static bool is_known_instruction(const struct sweep_sites *sites, const char *call, const char *place)
{
    size_t length = strcspn(place, "^");
    for (size_t i = 0; i < sites->count; i++)
        if (strcmp(sites->sites[i].call, call) == 0 && strncmp(sites->sites[i].place, place, length) == 0 &&
            strcspn(sites->sites[i].place, "^") == length)
            return true;
    return false;
}

char *frame__where(const struct frame *frame)
{
    const char *function = frame->function ? frame->function : "";
    return heap__printed("%s:%d%s%s", base_name(frame->file), frame->line, function[0] ? " in " : "", function);
}

static char *where(const char *place, const struct stack *stack)
{
    const struct frame *frame = stack__user_frame(stack);
    if (frame != NULL && frame->file != NULL)
        return frame__where(frame);
    bool has_name = frame != NULL && frame->function != NULL;
    return heap__printed("%.*s%s%s", (int)strcspn(place, "^"), place, has_name ? " in " : "",
                         has_name ? frame->function : "");
}

static void add(struct sweep_sites *sites, const char *call, const char *place, const struct stack *stack)
{
    const struct plausible *row = plausible_errors(call);
    bool again = is_known_instruction(sites, call, place);
    for (size_t i = 0; i < sizeof row->errors / sizeof row->errors[0] && row->errors[i] != NULL; i++) {
        sites->sites = heap__room(sites->sites, sites->count, &sites->room, sizeof(struct sweep_site));
        sites->sites[sites->count++] = (struct sweep_site){.call = heap__copied(call),
                                                           .place = heap__copied(place),
                                                           .error = row->errors[i],
                                                           .stack = stack,
                                                           .where = where(place, stack),
                                                           .again = again};
    }
}

/* The innermost return address; lines of an interpreted program, which stand anywhere, are none. */
static const struct lw_frame *caller_of(const struct ledger *ledger, uint32_t stack)
{
    const struct lw_frame *frame = ledger__frame(ledger, stack);
    while (frame != NULL && lw_is_line(frame))
        frame = ledger__frame(ledger, frame->parent);
    return frame;
}

/* What is above is the start of a thread or of the program. */
static bool is_c_library(const char *module)
{
    return strncmp(module, "libc.so", strlen("libc.so")) == 0;
}

/* As far up as it can be named. NULL: not even the innermost frame can. */
static char *place_of(const struct ledger *ledger, uint32_t stack, size_t callers)
{
    const struct lw_frame *frame = caller_of(ledger, stack);
    char *place = NULL;
    for (uint32_t inner = 0; frame != NULL && callers-- > 0; frame = caller_of(ledger, frame->parent)) {
        const struct lw_module *module = ledger__module(ledger, frame->module);
        const char *name = module ? base_name(ledger__name(ledger, module->name)) : "";
        if (!can_be_named(name) || (place != NULL && is_c_library(name)))
            break;
        const char *shown = frame->module == inner ? "" : name;
        char *longer = heap__printed("%s%s%s%s0x%" PRIx64, place ? place : "", place ? "^" : "", shown,
                                     shown[0] ? "+" : "", frame->address - module->base);
        free(place);
        place = longer;
        inner = frame->module;
    }
    return place;
}

static void learn_call(struct sweep_sites *sites, const struct ledger *ledger, struct stacks *stacks,
                       uint32_t call_name, uint32_t stack, size_t callers)
{
    const char *call = ledger__name(ledger, call_name);
    if (plausible_errors(call) == NULL)
        return;
    char *place = place_of(ledger, stack, callers);
    if (place == NULL)
        sites->unnamed++;
    else if (!is_known(sites, call, place))
        add(sites, call, place, stacks__get(stacks, stacks__number(stacks, stack)));
    free(place);
}

void sweep_sites__learn(struct sweep_sites *sites, const struct ledger *ledger, struct stacks *stacks,
                        const struct sweep_choice *choice)
{
    stacks__open(stacks, ledger);
    for (uint32_t i = 1; i < ledger__count(ledger, LW_SITES); i++) {
        const struct lw_site *site = ledger__site(ledger, i);
        if (site != NULL)
            learn_call(sites, ledger, stacks, site->call, site->stack, choice->callers);
    }
    for (uint32_t i = 1; i < ledger__count(ledger, LW_RELEASES); i++) {
        const struct lw_release *release = ledger__release(ledger, i);
        if (release == NULL || ledger__release_count(ledger, i) == 0)
            continue;
        if (!choice->all && !(release->flags & LW_RELEASED_WRITABLE))
            sites->read_only++;
        else
            learn_call(sites, ledger, stacks, release->call, release->stack, choice->callers);
    }
    stacks__open(stacks, NULL);
}

void sweep_sites__sort(struct sweep_sites *sites)
{
    struct sweep_site *sorted = heap__zeroed(sites->count + 1, sizeof(*sorted));
    size_t count = 0;
    for (int again = 0; again <= 1; again++)
        for (size_t i = 0; i < sites->count; i++)
            if (sites->sites[i].again == (again != 0))
                sorted[count++] = sites->sites[i];
    free(sites->sites);
    sites->sites = sorted;
    sites->room = count + 1;
}

void sweep_sites__clear(struct sweep_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        free(sites->sites[i].call);
        free(sites->sites[i].place);
        free(sites->sites[i].where);
    }
    free(sites->sites);
    *sites = (struct sweep_sites){.count = 0};
}

char *sweep_site__rule(const struct sweep_site *site)
{
    return heap__printed("inject=%s=%s@1/at=%s", site->call, site->error, site->place);
}
