/* The usual road of streams and directories, with the descriptor below: as that of descriptors alone (usual.c). */
#include "account.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lock/lock.h"
#include "steps.h"

/* ---- What they are ---- */

LW_HOT_CODE uint32_t lw_flags_of_mode(const char *mode)
{
    uint32_t flags = mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND : 0;
    for (;; mode++)
        switch (*mode) {
        case '\0':
        case ',':
            return flags;
        case '+':
            flags = (flags & ~(uint32_t)O_ACCMODE) | O_RDWR;
            break;
        case 'e':
            flags |= O_CLOEXEC;
            break;
        case 'x':
            flags |= O_EXCL;
            break;
        default:
            break;
        }
}

int lw_number_below(FILE *stream)
{
    int error = errno;
    int number = fileno(stream);
    errno = error;
    return number;
}

/* ---- Acquired ---- */

/* The handle's own slot, which another may take as long as its word is this. */
struct own {
    struct lw_slot *slot; /* NULL: the general road */
    uint64_t word;
    uint32_t owner; /* as which it is named below: its number + 1 */
};

static LW_IN_LINE struct own find(const void *handle, enum lw_state state)
{
    struct own own;
    bool is_own = lw_handle_slot_quickly((uint64_t)handle, &own.slot, &own.word, &own.owner);
    if (!__builtin_expect(is_own && lw_state(own.word) == state, 1))
        own.slot = NULL;
    return own;
}

/* The descriptor is a part of the handle. */
static LW_IN_LINE void hold_below(const struct lw_taken *below, struct lw_thread *thread, uint64_t now, int number,
                                  uint32_t kind, const struct lw_slot *handle, uint32_t owner)
{
    lw_begin_fd(below, thread, now, number, kind, 0);
    below->slot->owner = owner;
    below->slot->entry = 0; /* what owns it is held for a scope */
    lw_detail_again(below->slot, handle);
    lw_hold_fd(below, thread, number);
}

LW_PART bool acquired(const struct lw_asking *asking, const void *handle, int number, const struct lw_detail *detail)
{
    struct lw_thread *thread = &lw_thread;
    if (!__builtin_expect(lw_is_usual_thread(thread), 1))
        return false;
    struct lw_taken below = lw_find_fd(number);
    if (!__builtin_expect(below.slot != NULL, 1))
        return false;
    struct own own = find(handle, LW_FREE);
    if (!__builtin_expect(own.slot != NULL, 1))
        return false;
    struct lw_known known = lw_known_site(thread, asking);
    uint64_t writing = lw_next_word(own.word, LW_WRITING);
    if (!__builtin_expect(known.count && lw_change(own.slot, own.word, writing), 1))
        return false;
    uint64_t now = lw_time_of(thread);
    lw_usual_fill(own.slot, now, thread->id, (uint64_t)handle, asking->kind, known.site);
    own.slot->number = number;
    own.slot->entry = 0;
    lw_usual_detail(own.slot, detail);
    hold_below(&below, thread, now, number, lw_kind_below(asking->kind), own.slot, own.owner);
    lw_change(own.slot, writing, lw_in_state(writing, LW_HELD));
    lw_count_acquired(known.count, now);
    lw_tally(&thread->lane->stacks_remembered);
    lw_usual_sample(now);
    return true;
}

/* Instead of the rest of lw_fopen_usually: it does not stand on its frame. */
static __attribute__((noinline)) FILE *opened_generally(const void *frame, uint32_t hook, FILE *stream,
                                                        const char *path, const char *mode)
{
    struct lw_call call = {.frame = frame, .hook = hook};
    uint32_t flags = stream ? lw_flags_of_mode(mode) : 0;
    struct lw_detail detail = {.text = path, .open_flags = flags, .cloexec = flags & O_CLOEXEC};
    lw_acquired_handle(&call, stream, LW_STREAM_FILE, stream ? lw_number_below(stream) : -1, &detail);
    if (!stream)
        lw_use_failed_here(&call, -1);
    return stream;
}

/* As fileno, without a look at errno; streams that are no files have none. */
#define IS_FILE 0x2000 /* the C library's _IO_IS_FILEBUF */
static LW_IN_LINE int number_of(const FILE *stream)
{
    return stream->_flags & IS_FILE ? stream->_fileno : -1;
}

LW_HOT_CODE FILE *lw_fopen_usually(const char *path, const char *mode, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED);
    FILE *stream = ((FILE * (*)(const char *, const char *)) lw_real(hook))(path, mode);
    if (!__builtin_expect(stream != NULL, 1))
        return opened_generally(frame, hook, NULL, path, mode);
    uint32_t flags = lw_flags_of_mode(mode);
    struct lw_detail detail = {.text = path, .open_flags = flags, .cloexec = flags & O_CLOEXEC};
    struct lw_asking asking = {frame, hook, LW_STREAM_FILE};
    bool usual = acquired(&asking, stream, number_of(stream), &detail);
    return __builtin_expect(usual, 1) ? stream : opened_generally(frame, hook, stream, path, mode);
}

/* ---- Given back ---- */

/* A release under way; slot NULL: nothing has been done. */
struct closing {
    struct lw_slot *slot, *below; /* below NULL: there is none */
    uint64_t word, word_below;    /* as RELEASING */
};
#define NOT_USUAL ((struct closing){NULL, NULL, 0, 0})

/* Has it a descriptor, whose slot is held as a part of it? */
static LW_IN_LINE struct lw_slot *plainly_below(const struct lw_slot *slot, uint64_t *word)
{
    struct lw_slot *below = lw_fd_slot_quickly(slot->number);
    if (!__builtin_expect(below != NULL, 1))
        return NULL;
    *word = lw_word(below);
    bool is_plain = lw_state(*word) == LW_HELD && !below->site && !below->entry && !below->tag;
    return __builtin_expect(is_plain, 1) ? below : NULL;
}

/* Of a stream: it may have an error that nobody was told of. */
static LW_IN_LINE struct closing begin_closing(const void *handle, uint32_t kind, const void *frame, uint32_t hook)
{
    struct lw_thread *thread = &lw_thread;
    uint64_t word_below, counters;
    struct own own = lw_file_locks ? (struct own){NULL, 0, 0} : find(handle, LW_HELD);
    if (!__builtin_expect(own.slot && own.slot->kind == kind && !own.slot->entry, 1))
        return NOT_USUAL;
    if (kind == LW_STREAM_FILE && __builtin_expect(ferror_unlocked((FILE *)handle), 0))
        return NOT_USUAL;
    struct lw_slot *below = plainly_below(own.slot, &word_below);
    if (!__builtin_expect(below != NULL, 1))
        return NOT_USUAL;
    struct lw_trace trace = lw_stack_recalled(thread, frame);
    if (!__builtin_expect(lw_is_known_release(&trace, own.slot, hook, &counters), 1))
        return NOT_USUAL;
    uint64_t now = lw_now(), releasing = lw_next_word(own.word, LW_RELEASING);
    if (!__builtin_expect(lw_change(own.slot, own.word, releasing), 1))
        return NOT_USUAL;
    lw_note_release(own.slot, thread, trace.stack, hook, now);
    lw_count_release(own.slot, counters, now);
    uint64_t releasing_below = lw_next_word(word_below, LW_RELEASING);
    if (__builtin_expect(lw_change(below, word_below, releasing_below), 1))
        lw_note_release(below, thread, trace.stack, hook, now);
    else
        below = NULL; /* another one's by now */
    lw_tally(&thread->lane->stacks_remembered);
    lw_usual_sample(now);
    return (struct closing){own.slot, below, releasing, releasing_below};
}

static __attribute__((noinline)) int closing_failed(const void *handle, const void *frame, uint32_t hook,
                                                    struct closing closing)
{
    struct lw_call call = {.frame = frame, .hook = hook, .handle = (uint64_t)handle};
    call.owner = (struct lw_pending){closing.slot, closing.word, closing.slot->site};
    if (closing.below)
        call.fd = (struct lw_pending){closing.below, closing.word_below, 0};
    lw_released(&call, -1);
    return -1;
}

static LW_IN_LINE int close_usually(const void *handle, uint32_t kind, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED);
    struct closing closing = begin_closing(handle, kind, frame, hook);
    if (!__builtin_expect(closing.slot != NULL, 1))
        return LW_NOT_USUAL;
    int result = ((int (*)(const void *))lw_real(hook))(handle);
    if (__builtin_expect(result == -1, 0))
        return closing_failed(handle, frame, hook, closing);
    if (closing.below && lw_change(closing.below, closing.word_below, lw_in_state(closing.word_below, LW_FREE)) &&
        lw_thread.lane)
        lw_tally(&lw_thread.lane->closed);
    lw_change(closing.slot, closing.word, lw_in_state(closing.word, LW_FREE));
    return result;
}

LW_HOT_CODE int lw_fclose_usually(FILE *stream, const void *frame, uint32_t hook)
{
    return close_usually(stream, LW_STREAM_FILE, frame, hook);
}
