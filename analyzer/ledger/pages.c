/* The snapshot of a ledger that is read again and again: only those pages are copied that differ from what the file has
 * now.
 *
 * DESIGN. What the file holds is compared with what stands in the snapshot, whatever was mended there. So after a reading
 * each page is what the file had, whichever way it came to be something else: nobody has to remember what was mended, and
 * a reading that broke off does no harm to the next one.
 *
 * All used bytes are looked at: a process says nowhere what it has written, and to read a hundred KiB costs about as much
 * as to ask the kernel whether the process is still there. Memory is the system's own, where a page that nothing was
 * written to takes none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"

struct pages {
    uint64_t count;
    uint64_t changes;
    bool changed[]; /* each of them, since the reading began */
};

static uint64_t pages_of(uint64_t size)
{
    return (size + LEDGER_PAGE - 1) / LEDGER_PAGE;
}

int pages__begin(struct ledger *ledger, struct ledger_error *error)
{
    struct pages *pages = ledger->pages;
    if (pages) {
        pages->changes = 0;
        memset(pages->changed, 0, pages->count);
        return 0;
    }
    ledger->pages = calloc(1, sizeof *pages);
    if (!ledger->pages)
        return ledger__fail(error, ledger->path, "no memory for reading it");
    free(ledger->bytes);
    ledger->bytes = NULL;
    snapshot__forget_blanks(ledger);
    return 0;
}

static void *map(void *old, uint64_t old_size, uint64_t size)
{
    void *bytes = old ? mremap(old, old_size, size, MREMAP_MAYMOVE)
                      : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

int pages__make_room(struct ledger *ledger, struct ledger_error *error)
{
    uint64_t had = ledger->pages->count, count = pages_of(ledger->size);
    if (count <= had)
        return 0;
    struct pages *pages = realloc(ledger->pages, sizeof *pages + count);
    if (pages)
        ledger->pages = pages;
    void *bytes = pages ? map(ledger->bytes, had * LEDGER_PAGE, count * LEDGER_PAGE) : NULL;
    if (!bytes)
        return ledger__fail(error, ledger->path, "no memory for its %" PRIu64 " bytes", ledger->size);
    memset(pages->changed + had, 0, count - had);
    pages->count = count;
    ledger->bytes = bytes;
    return 0;
}

/* Within one page. */
static void put(struct ledger *ledger, const unsigned char *from, uint64_t offset, uint64_t size)
{
    if (memcmp(ledger->bytes + offset, from, size) == 0)
        return;
    memcpy(ledger->bytes + offset, from, size);
    ledger->pages->changed[offset / LEDGER_PAGE] = true;
    ledger->pages->changes++;
}

static uint64_t up_to_boundary(uint64_t offset, uint64_t size)
{
    uint64_t left = LEDGER_PAGE - offset % LEDGER_PAGE;
    return size < left ? size : left;
}

/* Of the header there is a copy, and nobody looks at it here. */
static uint64_t behind_header(const struct ledger *ledger, uint64_t offset)
{
    return offset < ledger->header.header_size ? ledger->header.header_size : offset;
}

void pages__put(struct ledger *ledger, const unsigned char *from, uint64_t offset, uint64_t size)
{
    uint64_t left_out = behind_header(ledger, offset) - offset;
    if (left_out >= size)
        return;
    from += left_out;
    offset += left_out;
    size -= left_out;
    for (uint64_t length; size > 0; from += length, offset += length, size -= length) {
        length = up_to_boundary(offset, size);
        put(ledger, from, offset, length);
    }
}

void pages__put_hole(struct ledger *ledger, uint64_t offset, uint64_t end)
{
    static const unsigned char zeros[LEDGER_PAGE];
    offset = behind_header(ledger, offset);
    for (uint64_t length; ledger->pages && offset < end; offset += length) {
        length = up_to_boundary(offset, end - offset);
        put(ledger, zeros, offset, length);
    }
}

bool pages__have_changed(const struct ledger *ledger, uint64_t offset, uint64_t size)
{
    const struct pages *pages = ledger->pages;
    bool have = pages == NULL;
    for (uint64_t i = offset / LEDGER_PAGE; !have && i < pages_of(offset + size); i++)
        have = i >= pages->count || pages->changed[i];
    return have;
}

uint64_t pages__changes(const struct ledger *ledger)
{
    return ledger->pages->changes;
}

unsigned char *pages__copy(const struct ledger *ledger)
{
    unsigned char *copy = malloc(ledger->size);
    return copy ? memcpy(copy, ledger->bytes, ledger->size) : NULL;
}

void pages__free(struct ledger *ledger)
{
    if (ledger->bytes)
        munmap(ledger->bytes, ledger->pages->count * LEDGER_PAGE);
    free(ledger->pages);
    ledger->bytes = NULL;
    ledger->pages = NULL;
}
