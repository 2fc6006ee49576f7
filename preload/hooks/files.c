/* What is opened by a path, and files that have no name. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "hook.h"
#include "ledger/ledger.h"
#include "shared.h"

/* ---- open and its relatives ---- */

#define HAS_MODE(flags) (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE)

/* The mode is there only when it is needed: reading it otherwise would read a register that nobody has set. */
#define MODE_AFTER(flags, mode)                                                                                        \
    mode_t mode = 0;                                                                                                   \
    if (HAS_MODE(flags)) {                                                                                             \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }

static void add_text(struct lw_detail *detail, char *room, const char *text, size_t length)
{
    for (size_t i = 0; i < length && text[i] && detail->length <= LW_DETAIL; i++)
        room[detail->length++] = text[i];
}

/* The path of a directory is that of its stream, where opendir opened it. */
static const struct lw_slot *directory_slot(int directory)
{
    const struct lw_slot *slot = lw_held_fd(directory);
    const struct lw_slot *owner = slot && slot->owner ? lw_handle_by_number(slot->owner - 1) : NULL;
    if (owner && lw_is_held(lw_word(owner)) && owner->number == directory && owner->detail_length > 0)
        slot = owner;
    bool is_known = slot && slot->detail_length > 0 && slot->detail_length <= LW_DETAIL &&
                    !(slot->flags & LW_DETAIL_CUT) && (slot->kind == LW_FD_DIRECTORY || slot->kind == LW_DIR);
    return is_known ? slot : NULL;
}

static void add_directory(struct lw_detail *detail, char *room, int directory)
{
    char digits[12];
    size_t at = sizeof digits;
    for (unsigned rest = (unsigned)directory; at == sizeof digits || rest; rest /= 10)
        digits[--at] = (char)('0' + rest % 10);
    static const char words[] = " (in the directory of fd ";
    add_text(detail, room, words, sizeof words - 1);
    add_text(detail, room, digits + at, sizeof digits - at);
    add_text(detail, room, ")", 1);
}

void lw_opened_beneath(struct lw_detail *detail, struct lw_beneath *beneath, int directory, const char *path)
{
    if (directory == AT_FDCWD || path[0] == '/' || path[0] == '\0')
        return;
    const struct lw_slot *slot = directory_slot(directory);
    detail->text = beneath->room;
    detail->length = 0;
    if (slot) {
        add_text(detail, beneath->room, slot->detail, slot->detail_length);
        if (detail->length > 0 && beneath->room[detail->length - 1] != '/')
            add_text(detail, beneath->room, "/", 1);
    }
    add_text(detail, beneath->room, path, LW_DETAIL + 1);
    if (!slot)
        add_directory(detail, beneath->room, directory);
}

static __attribute__((noinline)) void opened_at(struct lw_call *call, int fd, int directory, const char *path,
                                                int flags)
{
    struct lw_beneath beneath;
    struct lw_detail detail = {.text = path, .open_flags = (uint32_t)flags, .cloexec = flags & O_CLOEXEC};
    if (fd >= 0)
        lw_opened_beneath(&detail, &beneath, directory, path);
    lw_acquired_fd(call, fd, lw_kind_opened(flags), &detail);
}

#define OPENED(path, flags)                                                                                            \
    lw_acquired_fd(&lw_call, lw_result, lw_kind_opened(flags),                                                         \
                   &(struct lw_detail){.text = (path), .open_flags = (uint32_t)(flags), .cloexec = (flags)&O_CLOEXEC})

/* Its third argument is no variadic one, but stands where that would: so no room is taken on the stack for all that might be
 * passed. */
#define OPEN(symbol)                                                                                                   \
    LW_EXPORT int symbol(const char *path, int flags, ...);                                                            \
    LW_EXPORT int symbol##_with(const char *path, int flags, mode_t unsure) __asm__(#symbol);                          \
    static LW_GENERALLY int symbol##_generally(const char *path, int flags, mode_t mode, const void *frame)            \
    {                                                                                                                  \
        LW_ENTER_FROM_OR_RETURN(frame, symbol, (path, flags, mode));                                                   \
        int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(symbol, -1, path, (path, flags, mode)));                       \
        OPENED(path, flags);                                                                                           \
        lw_settle_usual(lw_injecting);                                                                                 \
        return lw_result;                                                                                              \
    }                                                                                                                  \
    LW_EXPORT LW_HOT_CODE int symbol##_with(const char *path, int flags, mode_t unsure)                                \
    {                                                                                                                  \
        mode_t mode = HAS_MODE(flags) ? unsure : 0;                                                                    \
        int lw_result;                                                                                                 \
        if (__builtin_expect(lw_is_usual(), 1))                                                                        \
            lw_result = lw_open_usually(path, flags, mode, LW_FRAME, LW_HOOK_##symbol);                                \
        else                                                                                                           \
            lw_result = symbol##_generally(path, flags, mode, LW_FRAME);                                               \
        LW_KEEP_FRAME;                                                                                                 \
        return lw_result;                                                                                              \
    }

#define OPENAT(symbol)                                                                                                 \
    LW_EXPORT int symbol(int directory, const char *path, int flags, ...)                                              \
    {                                                                                                                  \
        MODE_AFTER(flags, mode)                                                                                        \
        LW_ENTER_OR_RETURN(symbol, (directory, path, flags, mode));                                                    \
        int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(symbol, -1, path, (directory, path, flags, mode)));            \
        opened_at(&lw_call, lw_result, directory, path, flags);                                                        \
        if (lw_result < 0)                                                                                             \
            lw_use_failed_here(&lw_call, directory);                                                                   \
        return lw_result;                                                                                              \
    }

/* The fortified ones take no mode and abort where one would be needed. */
#define OPEN_WITHOUT_MODE(symbol)                                                                                      \
    LW_EXPORT int symbol(const char *path, int flags)                                                                  \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (path, flags));                                                                     \
        int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(symbol, -1, path, (path, flags)));                             \
        OPENED(path, flags);                                                                                           \
        return lw_result;                                                                                              \
    }

#define OPENAT_WITHOUT_MODE(symbol)                                                                                    \
    LW_EXPORT int symbol(int directory, const char *path, int flags)                                                   \
    {                                                                                                                  \
        LW_ENTER_OR_RETURN(symbol, (directory, path, flags));                                                          \
        int lw_result = LW_FILE_LATE(LW_UNLESS_INJECTED(symbol, -1, path, (directory, path, flags)));                  \
        opened_at(&lw_call, lw_result, directory, path, flags);                                                        \
        if (lw_result < 0)                                                                                             \
            lw_use_failed_here(&lw_call, directory);                                                                   \
        return lw_result;                                                                                              \
    }

OPEN(open)
OPEN(open64)
OPEN(__open)
OPEN(__open64)
OPENAT(openat)
OPENAT(openat64)
OPEN_WITHOUT_MODE(__open_2)
OPEN_WITHOUT_MODE(__open64_2)
OPENAT_WITHOUT_MODE(__openat_2)
OPENAT_WITHOUT_MODE(__openat64_2)

#define CREAT(symbol)                                                                                                  \
    LW_ACQUIRE_FD(symbol, (const char *path, mode_t mode), (path, mode), path, .text = path,                           \
                  .open_flags = O_CREAT | O_WRONLY | O_TRUNC)

CREAT(creat)
CREAT(creat64)

LW_ACQUIRE_FD(open_by_handle_at, (int mount, struct file_handle *handle, int flags), (mount, handle, flags), NULL,
              .open_flags = (uint32_t)flags, .cloexec = flags & O_CLOEXEC)

/* ---- Temporary files: the path is the template once it was filled in ---- */

#define MADE (O_RDWR | O_CREAT | O_EXCL)

#define MAKE_TEMPORARY(symbol, parameters, arguments, flags)                                                           \
    LW_ACQUIRE_FD(symbol, parameters, arguments, path, .text = path, .open_flags = (uint32_t)(MADE | (flags)),         \
                  .cloexec = (flags)&O_CLOEXEC)

MAKE_TEMPORARY(mkstemp, (char *path), (path), 0)
MAKE_TEMPORARY(mkstemp64, (char *path), (path), 0)
MAKE_TEMPORARY(mkostemp, (char *path, int flags), (path, flags), flags)
MAKE_TEMPORARY(mkostemp64, (char *path, int flags), (path, flags), flags)
MAKE_TEMPORARY(mkstemps, (char *path, int suffix), (path, suffix), 0)
MAKE_TEMPORARY(mkstemps64, (char *path, int suffix), (path, suffix), 0)
MAKE_TEMPORARY(mkostemps, (char *path, int suffix, int flags), (path, suffix, flags), flags)
MAKE_TEMPORARY(mkostemps64, (char *path, int suffix, int flags), (path, suffix, flags), flags)

/* ---- Memory with a descriptor ---- */

LW_ACQUIRE_FD(memfd_create, (const char *name, unsigned flags), (name, flags), name, .text = name, .open_flags = flags,
              .cloexec = flags & MFD_CLOEXEC)
LW_ACQUIRE_FD(shm_open, (const char *name, int flags, mode_t mode), (name, flags, mode), name, .text = name,
              .open_flags = (uint32_t)flags, .cloexec = true)
