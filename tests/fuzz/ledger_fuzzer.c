/* Fuzzes the reader of ledgers, and all that stands behind it: whatever a file holds, it is refused in one clear line,
 * or walked, dumped and reported on.
 *
 * DESIGN. An input is a whole ledger, or many that were merged, with what they were resolved to; seeds come from seed_corpus.c. Most of a ledger is offsets, counts and numbers,
 * and most random changes of those only lead nowhere. So the mutator changes whole fields by preference: to the value
 * of another field, to something near by, or to an extreme. A seed whose `image` is FUZZ_LIVE gets this process as its
 * writer, which takes the reader along the roads for ledgers that are still being written. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands/dump/ledger.h"
#include "findings/collector.h"
#include "fuzz_input.h"
#include "ledger/merged.h"
#include "ledger_walk.h"
#include "reports/format.h"
#include "rule/suppressions.h"
#include "symbol/resolved.h"
#include "symbol/symbols.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* ---- One input */

static int file = -1;
static char path[64];
static FILE *nowhere;
static uint64_t own_start;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = memfd_create("ledger", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    nowhere = fopen("/dev/null", "we");
    own_start = fuzz_start_ticks();
    if (file < 0 || !nowhere || own_start == 0)
        abort();
    return 0;
}

static void write_input(const uint8_t *data, size_t size)
{
    if (ftruncate(file, 0) != 0 || (size > 0 && pwrite(file, data, size, 0) != (ssize_t)size))
        abort();
    struct lw_header header;
    if (size < sizeof header)
        return;
    memcpy(&header, data, sizeof header);
    if (header.image != FUZZ_LIVE)
        return;
    header.pid = (uint32_t)getpid();
    header.start_ticks = own_start;
    if (pwrite(file, &header, sizeof header, 0) != (ssize_t)sizeof header)
        abort();
}

static void expect_one_line(const struct ledger_error *error)
{
    size_t length = strnlen(error->text, sizeof error->text);
    if (length == 0 || length == sizeof error->text || strpbrk(error->text, "\n\r\x1b"))
        abort();
}

static void report(const struct ledger *ledger, struct symbols *symbols)
{
    struct suppressions *suppressions = suppressions__new();
    suppressions__read_built_in(suppressions);
    const struct collector_options judging = {.leaks_on_signal = true, .grouping.suppressions = suppressions};
    struct collector *collector = collector__new(&judging, symbols);
    collector__add(collector, ledger, NULL);
    const struct report *made = collector__finish(collector);
    const struct report_options showing = {.full = true, .show_suppressed = true, .suppressions = suppressions};
    for (size_t i = 0; report_format__get(i) != NULL; i++)
        report_format__get(i)->print(nowhere, made, &showing);
    collector__free(collector);
    suppressions__free(suppressions);
}

static void look(struct ledger *ledger, struct symbols *symbols)
{
    ledger_walk(ledger);
    dump__ledger(nowhere, ledger);
    report(ledger, symbols);
    ledger__close(ledger);
}

/* What was taken in can be written, and what was written is the same when it is taken in and written again. */
static void write_symbols(struct symbols *symbols)
{
    uint64_t size, again;
    unsigned char *bytes = resolved__bytes(symbols, &size);
    struct symbols *others = symbols__new(&(struct symbols_options){.debuginfod = false});
    if (resolved__read(others, bytes, size) != NULL)
        abort();
    unsigned char *more = resolved__bytes(others, &again);
    if (again != size || memcmp(bytes, more, size) != 0)
        abort();
    free(more);
    free(bytes);
    symbols__free(others);
}

static void look_at_merged(struct symbols *symbols)
{
    struct merged *merged;
    struct ledger *ledger;
    struct ledger_error error = {.text = ""};
    uint64_t size;
    int result;
    if (merged__open(&merged, path, &error) != 0) {
        expect_one_line(&error);
        return;
    }
    const unsigned char *bytes = merged__symbols(merged, &size);
    if (bytes != NULL && resolved__read(symbols, bytes, size) == NULL)
        write_symbols(symbols);
    while ((result = merged__next(merged, &ledger, &error)) != 0) {
        if (result > 0)
            look(ledger, symbols);
        else
            expect_one_line(&error);
    }
    merged__close(merged);
}

/* One ledger for all inputs, which is read again each time: it must be what `opened` is, where that is not NULL. */
static void look_again(const struct ledger *opened)
{
    static struct ledger *followed;
    struct ledger_error error = {.text = ""};
    enum ledger_news news = LEDGER_CHANGED;
    if (followed != NULL)
        news = ledger__refresh(followed, &error);
    else if (opened != NULL && ledger__follow(&followed, path, &error) != 0)
        abort();
    if (followed == NULL)
        return;
    if ((opened == NULL) != (news == LEDGER_LOST))
        abort();
    uint64_t sum = ledger_walk(followed);
    if (opened == NULL)
        expect_one_line(&error);
    else if (sum != ledger_walk(opened) || ledger__damaged(followed) != ledger__damaged(opened))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    struct symbols *symbols = symbols__new(&(struct symbols_options){.debuginfod = false});
    write_input(data, size);
    bool is_sound = ledger__open(&ledger, path, &error) == 0;
    look_again(ledger);
    if (is_sound)
        look(ledger, symbols);
    else if (error.why == LEDGER_MERGED)
        look_at_merged(symbols);
    else
        expect_one_line(&error);
    symbols__free(symbols);
    return 0;
}

/* ---- Changing whole fields */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* An aligned place for a field of this width: in the header more often than its share. */
static size_t place(size_t size, size_t width, uint32_t *seed)
{
    size_t end = size;
    if (next_random(seed) % 2 && sizeof(struct lw_header) < size)
        end = sizeof(struct lw_header);
    return next_random(seed) % (end / width) * width;
}

static uint64_t extreme(uint32_t *seed)
{
    static const uint64_t values[] = {
        0,          1,          2,          3,          8,          64,         255,        4096,
        0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 1ULL << 40, 1ULL << 63, UINT64_MAX,
    };
    return values[next_random(seed) % (sizeof values / sizeof values[0])];
}

static void change_field(uint8_t *data, size_t size, uint32_t *seed)
{
    static const size_t widths[] = {2, 4, 4, 8, 8};
    size_t width = widths[next_random(seed) % 5], at = place(size, width, seed);
    uint64_t value = 0;
    memcpy(&value, data + at, width);
    switch (next_random(seed) % 4) {
    case 0:
        value = extreme(seed);
        break;
    case 1: /* near by */
        value += next_random(seed) % 17;
        value -= 8;
        break;
    case 2: /* what stands elsewhere */
        memcpy(&value, data + place(size, width, seed), width);
        break;
    default: /* somewhere in the file */
        value = next_random(seed) % (size / 8) * 8;
    }
    memcpy(data + at, &value, width);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    uint32_t random = seed;
    if (size < 64 || next_random(&random) % 8 == 0)
        return LLVMFuzzerMutate(data, size, room);
    for (uint32_t i = next_random(&random) % 4; i < 4; i++)
        change_field(data, size, &random);
    return size;
}
