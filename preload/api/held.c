/* What a scope, or the process, holds now, told to the program with its stacks. */
#include <string.h>

#include "account/account.h"
#include "process/process.h"
#include "resources.h"

#define FRAMES 64u
#define SOURCES 16u /* libraries may stand between the call and the program's own lines */
#define NAME_ROOM 512u

struct telling {
    leakwatch_held_callback *callback;
    void *context;
    uint64_t now;
    size_t count;
};

/* Everything that one resource is told by; the callback may take as long as it likes, and release what it is told of. */
struct text {
    void *frames[FRAMES];
    struct leakwatch_line sources[SOURCES];
    char source_text[SOURCES][NAME_ROOM];
    char call[64], detail[LW_DETAIL + 1], label[LW_LABEL + 1];
};

/* "LINE\nFUNCTION\nFILE", taken apart where it stands. */
static void read_source(struct leakwatch_line *source, char *text)
{
    *source = (struct leakwatch_line){"", "", 0};
    for (; *text >= '0' && *text <= '9'; text++)
        source->line = source->line * 10 + (unsigned)(*text - '0');
    char *file = *text == '\n' ? strchr(text + 1, '\n') : NULL;
    if (!file)
        return;
    *file = 0;
    source->function = text + 1;
    source->file = file + 1;
}

/* As the interpreter's own frames tell it. */
static void read_line(struct leakwatch_line *source, char *text, uint32_t number)
{
    const struct lw_line *line = lw_element(LW_LINES, number);
    size_t half = NAME_ROOM / 2;
    lw_name_copy(text, half, line ? line->function : 0);
    lw_name_copy(text + half, half, line ? line->file : 0);
    *source = (struct leakwatch_line){text, text + half, line ? line->line : 0};
}

static void add_line(struct leakwatch_resource *resource, struct text *text, const struct lw_frame *frame)
{
    size_t which = resource->source_count;
    if (which == SOURCES)
        return;
    if (frame->address == LW_ADDRESS_LINE)
        read_line(&text->sources[which], text->source_text[which], frame->module);
    else {
        lw_name_copy(text->source_text[which], NAME_ROOM, frame->module);
        read_source(&text->sources[which], text->source_text[which]);
    }
    resource->source_count++;
}

static bool is_told(uint32_t stack)
{
    const struct lw_frame *frame = lw_element(LW_STACKS, stack);
    while (frame && frame->address != LW_ADDRESS_LINE)
        frame = lw_element(LW_STACKS, frame->parent);
    return frame != NULL;
}

/* What the interpreter's frames tell, its language's binding need not tell again. */
static void read_stack(struct leakwatch_resource *resource, struct text *text, uint32_t stack)
{
    const struct lw_frame *frame;
    uint64_t wanted = is_told(stack) ? LW_ADDRESS_LINE : LW_ADDRESS_SOURCE;
    for (; (frame = lw_element(LW_STACKS, stack)) != NULL; stack = frame->parent) {
        if (frame->address == wanted)
            add_line(resource, text, frame);
        else if (!lw_is_line(frame) && resource->frame_count < FRAMES)
            text->frames[resource->frame_count++] = (void *)frame->address;
    }
}

static const char *type_of(uint32_t kind)
{
    static const char types[][16] = {
        [LW_FD_FILE] = "file",       [LW_FD_DIRECTORY] = "directory",
        [LW_FD_SOCKET] = "socket",   [LW_FD_SOCKETPAIR] = "socketpair",
        [LW_FD_PIPE] = "pipe",       [LW_FD_PTY] = "pty",
        [LW_FD_MEMFD] = "memfd",     [LW_FD_SHM] = "shm",
        [LW_FD_EVENTFD] = "eventfd", [LW_FD_SIGNALFD] = "signalfd",
        [LW_FD_TIMERFD] = "timerfd", [LW_FD_EPOLL] = "epoll",
        [LW_FD_INOTIFY] = "inotify", [LW_FD_FANOTIFY] = "fanotify",
        [LW_FD_MQ] = "mq",           [LW_FD_PIDFD] = "pidfd",
    };
    if (kind < sizeof types / sizeof types[0] && types[kind][0])
        return types[kind];
    return kind == LW_STREAM_CHILD ? "popen" : lw_class_name(lw_class(kind));
}

static enum leakwatch_kind public_kind(uint32_t kind)
{
    switch (lw_class(kind)) {
    case LW_CLASS_STREAM:
        return LEAKWATCH_KIND_STREAM;
    case LW_CLASS_DIR:
        return LEAKWATCH_KIND_DIR;
    case LW_CLASS_CHILD:
        return LEAKWATCH_KIND_CHILD;
    default:
        return LEAKWATCH_KIND_FD;
    }
}

/* Site and stack, and then everything is known. */
static void tell_at(struct telling *telling, struct leakwatch_resource *resource, struct text *text, uint32_t number)
{
    const struct lw_site *site = lw_element(LW_SITES, number);
    lw_name_copy(text->call, sizeof text->call, site ? site->call : 0);
    read_stack(resource, text, site ? site->stack : 0);
    telling->count++;
    if (telling->callback)
        telling->callback(resource, telling->context);
}

static void tell(struct telling *telling, const struct lw_slot *slot)
{
    struct text text;
    struct leakwatch_resource resource = {
        .kind = public_kind(slot->kind),
        .handle = (uintptr_t)slot->handle,
        .type = type_of(slot->kind),
        .call = text.call,
        .detail = text.detail,
        .label = text.label,
        .age = telling->now > slot->acquired_time ? telling->now - slot->acquired_time : 0,
        .frames = text.frames,
        .sources = text.sources,
    };
    size_t detail = slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL;
    size_t label = slot->label_length < LW_LABEL ? slot->label_length : LW_LABEL;
    memcpy(text.detail, slot->detail, detail);
    memcpy(text.label, slot->detail + LW_DETAIL - label, label);
    text.detail[detail] = text.label[label] = 0;
    tell_at(telling, &resource, &text, slot->site);
}

/* Boards count in ticks of the clock. */
static uint64_t nanoseconds(uint64_t ticks)
{
    const struct lw_header *header = lw_header();
    uint64_t span = header->clock_last - header->clock_first;
    uint64_t time = header->clock_last_time - header->clock_first_time;
    return span ? (uint64_t)((double)ticks * (double)time / (double)span) : 0;
}

static void tell_hold(struct telling *telling, const struct lw_hold *hold)
{
    struct text text;
    struct leakwatch_resource resource = {
        .kind = LEAKWATCH_KIND_LOCK,
        .handle = (uintptr_t)hold->lock,
        .type = "lock",
        .call = text.call,
        .detail = text.detail,
        .label = text.label,
        .age = nanoseconds(lw_clock() - hold->since),
        .frames = text.frames,
        .sources = text.sources,
    };
    text.detail[0] = text.label[0] = 0;
    tell_at(telling, &resource, &text, hold->site);
}

static bool counts(const struct lw_slot *slot)
{
    return lw_state(lw_word(slot)) == LW_HELD && lw_is_due(slot) && !(slot->flags & LW_EXPECTED) &&
           lw_class(slot->kind) != LW_CLASS_LOCK;
}

static void tell_any(struct lw_slot *slot, unsigned number, void *context)
{
    (void)number;
    if (counts(slot))
        tell(context, slot);
}

/* A slot that was held for another scope meanwhile stands in the list twice. */
static bool is_first(const struct lw_span *span, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (span->held[i] == span->held[at])
            return false;
    return true;
}

/* The callback runs outside of the books: it may call anything. What it acquires is not told; a list that it makes shorter
 * is gone through from where it has got to. */
static void tell_span(struct telling *telling, uint64_t id)
{
    enum lw_span_state state;
    const struct lw_span *span = lw_span_find(id, &state);
    uint32_t count = span ? span->held_count : 0;
    for (uint32_t i = 0; i < count && (span = lw_span_find(id, &state)) != NULL && i < span->held_count; i++) {
        const struct lw_slot *slot = span->held[i];
        if (counts(slot) && __atomic_load_n(&slot->entry, __ATOMIC_ACQUIRE) == id && is_first(span, i))
            tell(telling, slot);
    }
}

/* Of the locks that this thread has, those that its interpreter knows as locks; the scope answers for them as its end would
 * find them. */
static void tell_locks(struct telling *telling, uint64_t id)
{
    enum lw_span_state state;
    const struct lw_span *span;
    struct lw_board *board;
    for (uint32_t i = 0; (board = lw_board_here()) != NULL && i < board->depth; i++) {
        const struct lw_hold *hold = lw_hold_at(board, i);
        if (hold && hold->kind == LW_THREADING_LOCK && (span = lw_span_find(id, &state)) != NULL &&
            lw_is_charged_with_lock(span, hold))
            tell_hold(telling, hold);
    }
}

/* Whose list may be looked at: this thread's, and a detached one's. */
static uint64_t readable_span(struct lw_thread *thread, leakwatch_scope_t scope)
{
    enum lw_span_state state;
    struct lw_span *span = scope ? lw_span_find((uint64_t)scope, &state) : thread->innermost;
    if (!span || (span->thread != thread->id && span->thread != LW_NOBODY))
        return 0;
    if (span->inbox)
        lw_inbox_take(thread->scopes, span);
    return span->id;
}

size_t lw_held(leakwatch_scope_t scope, leakwatch_held_callback *callback, void *context, const void *frame)
{
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, false);
    if (!thread)
        return 0;
    struct telling telling = {callback, context, lw_now(), 0};
    bool all = scope == LEAKWATCH_PROCESS || (!scope && !thread->innermost);
    uint64_t id = all || scope == LEAKWATCH_OUTER || scope == LEAKWATCH_UNRECORDED ? 0 : readable_span(thread, scope);
    lw_scopes_leave(thread, &mark);
    if (all) {
        lw_fd_slots(&lw_map, 0, LW_FD_MAX, tell_any, &telling);
        lw_handle_slots(tell_any, &telling);
    } else if (id) {
        tell_span(&telling, id);
        if (lw_semaphores_watched)
            tell_locks(&telling, id);
    }
    return telling.count;
}
