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
    uint32_t flags = handle->flags, open_flags = handle->open_flags, length = handle->detail_length;
    lw_begin_fd(below, thread, now, number, kind, 0);
    below->slot->owner = owner;
    below->slot->entry = 0; /* what owns it is held for a scope */
    below->slot->flags = flags;
    below->slot->open_flags = open_flags;
    below->slot->detail_length = (uint16_t)length;
    lw_detail_again(below->slot, handle, length);
    lw_hold_fd(below, thread, number);
}

static LW_IN_LINE bool acquired_for(struct lw_thread *thread, bool scoped, const struct lw_asking *asking,
                                    const struct own *own, const struct lw_taken *below, int number,
                                    const struct lw_detail *detail, uint64_t *now)
{
    struct lw_slot *slot = own->slot;
    struct lw_known known = lw_known_site(thread, asking);
    uint64_t writing = lw_next_word(own->word, LW_WRITING);
    if (!__builtin_expect(known.count && lw_change(slot, own->word, writing), 1))
        return false;
    *now = lw_time_of(thread);
    lw_usual_fill(slot, *now, thread->id, slot->handle, asking->kind, known.site);
    slot->number = number;
    lw_usual_charge(thread, scoped, slot);
    lw_usual_detail(slot, detail);
    hold_below(below, thread, *now, number, lw_kind_below(asking->kind), slot, own->owner);
    lw_change(slot, writing, lw_in_state(writing, LW_HELD));
    lw_count_acquired(known.count, *now);
    lw_tally(&thread->lane->stacks_remembered);
    return true;
}

LW_PART bool acquired(bool scoped, const struct lw_asking *asking, const void *handle, int number,
                      const struct lw_detail *detail)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    if (!__builtin_expect(lw_is_usual_thread(thread), 1))
        return false;
    struct lw_taken below = lw_find_fd(number);
    if (!__builtin_expect(below.slot != NULL, 1))
        return false;
    struct own own = find(handle, LW_FREE);
    if (!__builtin_expect(own.slot && (!scoped || lw_own_scopes(thread, &mark)), 1))
        return false;
    bool done = acquired_for(thread, scoped, asking, &own, &below, number, detail, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (done)
        lw_usual_sample(now);
    return done;
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

static LW_IN_LINE bool opened(bool scoped, const void *frame, uint32_t hook, FILE *stream, const char *path,
                              const char *mode)
{
    uint32_t flags = lw_flags_of_mode(mode);
    struct lw_detail detail = {.text = path, .open_flags = flags, .cloexec = flags & O_CLOEXEC};
    struct lw_asking asking = {frame, hook, LW_STREAM_FILE};
    return acquired(scoped, &asking, stream, number_of(stream), &detail);
}

static __attribute__((noinline)) bool opened_scoped(const void *frame, uint32_t hook, FILE *stream, const char *path,
                                                    const char *mode)
{
    return opened(true, frame, hook, stream, path, mode);
}

LW_HOT_CODE FILE *lw_fopen_usually(const char *path, const char *mode, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED_TO_OPEN);
    FILE *stream = ((FILE * (*)(const char *, const char *)) lw_real(hook))(path, mode);
    bool usual = stream && (lw_is_scoped() ? opened_scoped(frame, hook, stream, path, mode)
                                           : opened(false, frame, hook, stream, path, mode));
    return __builtin_expect(usual, 1) ? stream : opened_generally(frame, hook, stream, path, mode);
}

/* As opened_generally. */
static __attribute__((noinline)) DIR *directory_opened_generally(const void *frame, uint32_t hook, DIR *directory,
                                                                 const char *path)
{
    struct lw_call call = {.frame = frame, .hook = hook};
    struct lw_detail detail = {.text = path, .cloexec = true};
    lw_acquired_handle(&call, directory, LW_DIR, directory ? dirfd(directory) : -1, &detail);
    if (!directory)
        lw_use_failed_here(&call, -1);
    return directory;
}

static LW_IN_LINE bool directory_opened(bool scoped, const void *frame, uint32_t hook, DIR *directory, const char *path)
{
    struct lw_detail detail = {.text = path, .cloexec = true};
    struct lw_asking asking = {frame, hook, LW_DIR};
    return directory && acquired(scoped, &asking, directory, dirfd(directory), &detail);
}

static __attribute__((noinline)) bool directory_opened_scoped(const void *frame, uint32_t hook, DIR *directory,
                                                              const char *path)
{
    return directory_opened(true, frame, hook, directory, path);
}

LW_HOT_CODE DIR *lw_opendir_usually(const char *path, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED_TO_OPEN);
    DIR *directory = ((DIR * (*)(const char *)) lw_real(hook))(path);
    bool usual = lw_is_scoped() ? directory_opened_scoped(frame, hook, directory, path)
                                : directory_opened(false, frame, hook, directory, path);
    return __builtin_expect(usual, 1) ? directory : directory_opened_generally(frame, hook, directory, path);
}

/* ---- Given back ---- */

/* A release under way; slot NULL: nothing has been done. */
struct closing {
    struct lw_slot *slot, *below; /* below NULL: there is none */
    uint64_t word, word_below;    /* as RELEASING */
    uint32_t site;                /* of what is released: when it has been, the slot may be another's */
};
#define NOT_USUAL ((struct closing){NULL, NULL, 0, 0, 0})

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

static LW_IN_LINE struct closing begin_closing_for(struct lw_thread *thread, bool scoped, const void *frame,
                                                   uint32_t hook, const struct own *own, uint64_t *now)
{
    uint64_t word_below, counters;
    struct lw_slot *slot = own->slot, *below = plainly_below(slot, &word_below);
    if (!__builtin_expect(below && lw_is_own_charge(thread, scoped, slot), 1))
        return NOT_USUAL;
    struct lw_trace trace = lw_stack_recalled(thread, frame);
    if (!__builtin_expect(lw_is_known_release(&trace, slot, hook, &counters), 1))
        return NOT_USUAL;
    uint64_t releasing = lw_next_word(own->word, LW_RELEASING);
    *now = lw_now();
    if (!__builtin_expect(lw_change(slot, own->word, releasing), 1))
        return NOT_USUAL;
    lw_note_release(slot, thread, trace.stack, hook, *now);
    lw_usual_discharge(thread, scoped, &trace, frame, hook, slot);
    lw_tally(&thread->lane->stacks_remembered);
    lw_count_release(slot, counters, *now);
    uint64_t releasing_below = lw_next_word(word_below, LW_RELEASING);
    if (__builtin_expect(lw_change(below, word_below, releasing_below), 1))
        lw_note_release(below, thread, trace.stack, hook, *now);
    else
        below = NULL; /* another one's by now */
    return (struct closing){slot, below, releasing, releasing_below, slot->site};
}

/* Of a stream: it may have an error that nobody was told of. */
static LW_IN_LINE struct closing begin_closing(bool scoped, const void *handle, uint32_t kind, const void *frame,
                                               uint32_t hook)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_mark mark;
    uint64_t now;
    struct own own = find(handle, LW_HELD);
    if (!__builtin_expect(own.slot && own.slot->kind == kind && !lw_file_locks, 1))
        return NOT_USUAL;
    if (kind == LW_STREAM_FILE && __builtin_expect(ferror_unlocked((FILE *)handle), 0))
        return NOT_USUAL;
    if (!__builtin_expect(!scoped || lw_own_scopes(thread, &mark), 1))
        return NOT_USUAL;
    struct closing closing = begin_closing_for(thread, scoped, frame, hook, &own, &now);
    if (scoped)
        lw_mark_clear(thread, &mark);
    if (closing.slot)
        lw_usual_sample(now);
    return closing;
}

static __attribute__((noinline)) int closing_failed(const void *handle, const void *frame, uint32_t hook,
                                                    struct closing closing)
{
    struct lw_call call = {.frame = frame, .hook = hook, .handle = (uint64_t)handle};
    call.owner = (struct lw_pending){closing.slot, closing.word, closing.site};
    if (closing.below)
        call.fd = (struct lw_pending){closing.below, closing.word_below, 0};
    lw_released(&call, -1);
    return -1;
}

static LW_IN_LINE int close_usually(bool scoped, const void *handle, uint32_t kind, const void *frame, uint32_t hook)
{
    struct closing closing = begin_closing(scoped, handle, kind, frame, hook);
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

static __attribute__((noinline)) int close_scoped(const void *handle, uint32_t kind, const void *frame, uint32_t hook)
{
    return close_usually(true, handle, kind, frame, hook);
}

static LW_IN_LINE int close_handle(const void *handle, uint32_t kind, const void *frame, uint32_t hook)
{
    lw_touch_stack(LW_STACK_NEEDED);
    return lw_is_scoped() ? close_scoped(handle, kind, frame, hook) : close_usually(false, handle, kind, frame, hook);
}

LW_HOT_CODE int lw_fclose_usually(FILE *stream, const void *frame, uint32_t hook)
{
    return close_handle(stream, LW_STREAM_FILE, frame, hook);
}

LW_HOT_CODE int lw_closedir_usually(DIR *directory, const void *frame, uint32_t hook)
{
    return close_handle(directory, LW_DIR, frame, hook);
}
