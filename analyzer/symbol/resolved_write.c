/* Writes what addresses were resolved to.
 *
 * DESIGN. The order of all parts is that of paths, build-ids and offsets, and never that of tables in memory: what knows
 * the same is the same. Places without a name are left out: whoever reads the block may know more. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "judged.h"
#include "resolved.h"
#include "resolved_format.h"
#include "symbols.h"

/* A growing run of bytes. */
struct run {
    unsigned char *bytes;
    size_t size, room;
};

struct text {
    const char *text;
    uint32_t offset;
    UT_hash_handle hh;
};

struct known_verdict {
    struct callsite_frame frames[JUDGED_CALLERS];
    size_t count;
    struct callsite_verdict verdict;
};

struct writing {
    struct symbols *symbols;
    struct symbols_place *places;
    size_t place_count, place_room;
    struct known_verdict *verdicts;
    size_t verdict_count, verdict_room;
    uint32_t *numbers; /* by symbols' number: the module's in the block; 0: not there */
    struct run modules, placed, frames, judged, callers, texts, calls;
    struct text *by_text;
    uint64_t frame_count, caller_count, module_count;
};

static void put(struct run *run, const void *bytes, size_t size)
{
    while (run->size + size > run->room) {
        run->room = run->room > 0 ? 2 * run->room : 4096;
        run->bytes = heap__resized(run->bytes, run->room, 1);
    }
    memcpy(run->bytes + run->size, bytes, size);
    run->size += size;
}

static uint32_t put_text(struct writing *writing, const char *text)
{
    struct text *known;
    if (text == NULL || text[0] == '\0')
        return 0;
    HASH_FIND_STR(writing->by_text, text, known);
    if (known != NULL)
        return known->offset;
    known = heap__zeroed(1, sizeof(*known));
    known->text = text;
    known->offset = (uint32_t)writing->texts.size;
    put(&writing->texts, text, strlen(text) + 1);
    HASH_ADD_KEYPTR(hh, writing->by_text, known->text, strlen(known->text), known);
    return known->offset;
}

/* ---- What there is ----------------------------------------------------------------------------------------------- */

static void take_place(void *context, const struct symbols_place *place)
{
    struct writing *writing = context;
    bool is_named = false;
    for (size_t i = 0; i < place->count; i++)
        is_named = is_named || place->frames[i].function != NULL || place->frames[i].file != NULL;
    if (place->module == 0 || (!is_named && !place->is_trampoline))
        return;
    writing->places = heap__room(writing->places, writing->place_count, &writing->place_room, sizeof(*place));
    writing->places[writing->place_count] = *place;
    writing->places[writing->place_count++].count = is_named ? place->count : 0;
}

static void take_verdict(void *context, const struct callsite_frame *frames, size_t count,
                         const struct callsite_verdict *verdict)
{
    struct writing *writing = context;
    writing->verdicts =
        heap__room(writing->verdicts, writing->verdict_count, &writing->verdict_room, sizeof(*writing->verdicts));
    struct known_verdict *known = &writing->verdicts[writing->verdict_count++];
    *known = (struct known_verdict){.count = count, .verdict = *verdict};
    memcpy(known->frames, frames, count * sizeof(*frames));
}

/* ---- Order ------------------------------------------------------------------------------------------------------- */

static int compare_places(const void *left, const void *right)
{
    const struct symbols_place *a = left, *b = right;
    if (a->module != b->module)
        return a->module < b->module ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->exact - b->exact;
}

static int compare_verdicts(const void *left, const void *right)
{
    const struct known_verdict *a = left, *b = right;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (a->frames[i].module != b->frames[i].module)
            return a->frames[i].module < b->frames[i].module ? -1 : 1;
        if (a->frames[i].offset != b->frames[i].offset)
            return a->frames[i].offset < b->frames[i].offset ? -1 : 1;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_modules(const void *left, const void *right)
{
    const struct symbols_module *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    size_t shorter = a->build_id_length < b->build_id_length ? a->build_id_length : b->build_id_length;
    order = order != 0 ? order : memcmp(a->build_id, b->build_id, shorter);
    return order != 0 ? order : (a->build_id_length > b->build_id_length) - (a->build_id_length < b->build_id_length);
}

/* Only modules that something is said of, so that what is read back and written again is the same. */
static void number_modules(struct writing *writing)
{
    size_t count = symbols__module_count(writing->symbols), used = 0;
    struct symbols_module *modules = heap__zeroed(count + 1, sizeof(*modules));
    bool *is_used = heap__zeroed(count + 1, sizeof(bool));
    writing->numbers = heap__zeroed(count + 1, sizeof(uint32_t));
    for (size_t i = 0; i < writing->place_count; i++)
        is_used[writing->places[i].module] = true;
    for (size_t i = 0; i < writing->verdict_count; i++)
        for (size_t k = 0; k < writing->verdicts[i].count; k++)
            is_used[writing->verdicts[i].frames[k].module] = true;
    for (size_t i = 1; i <= count; i++)
        if (is_used[i])
            modules[used++] = symbols__module_of(writing->symbols, (uint32_t)i);
    qsort(modules, used, sizeof(*modules), compare_modules);
    for (size_t i = 0; i < used; i++) {
        struct resolved_module record = {.path = put_text(writing, modules[i].path),
                                         .build_id_length = (uint32_t)modules[i].build_id_length};
        memcpy(record.build_id, modules[i].build_id, modules[i].build_id_length);
        put(&writing->modules, &record, sizeof record);
        writing->numbers[modules[i].number] = (uint32_t)++writing->module_count;
    }
    free(modules);
    free(is_used);
}

static void bring_in_order(struct writing *writing)
{
    number_modules(writing);
    for (size_t i = 0; i < writing->place_count; i++)
        writing->places[i].module = writing->numbers[writing->places[i].module];
    for (size_t i = 0; i < writing->verdict_count; i++)
        for (size_t k = 0; k < writing->verdicts[i].count; k++)
            writing->verdicts[i].frames[k].module = writing->numbers[writing->verdicts[i].frames[k].module];
    if (writing->place_count > 1)
        qsort(writing->places, writing->place_count, sizeof(*writing->places), compare_places);
    if (writing->verdict_count > 1)
        qsort(writing->verdicts, writing->verdict_count, sizeof(*writing->verdicts), compare_verdicts);
}

/* ---- Records ----------------------------------------------------------------------------------------------------- */

static uint16_t stored_column(int column)
{
    return column > 0 && column <= UINT16_MAX ? (uint16_t)column : 0;
}

static void put_place(struct writing *writing, const struct symbols_place *place)
{
    const struct resolved_place record = {.offset = place->offset,
                                          .module = place->module,
                                          .flags = (place->exact ? RESOLVED_EXACT : 0u) |
                                                   (place->is_trampoline ? RESOLVED_TRAMPOLINE : 0u),
                                          .first_frame = (uint32_t)writing->frame_count,
                                          .frame_count = (uint32_t)place->count};
    put(&writing->placed, &record, sizeof record);
    writing->frame_count += place->count;
    for (size_t i = 0; i < place->count; i++) {
        const struct frame *frame = &place->frames[i];
        const struct resolved_frame frame_record = {.function = put_text(writing, frame->function),
                                                    .symbol = put_text(writing, frame->symbol),
                                                    .file = put_text(writing, frame->file),
                                                    .language = put_text(writing, frame->language),
                                                    .line = frame->line,
                                                    .is_inlined = frame->inlined,
                                                    .column = stored_column(frame->column)};
        put(&writing->frames, &frame_record, sizeof frame_record);
    }
}

static void put_call(struct writing *writing, uint32_t place)
{
    const struct symbols_call *call = writing->places[place].call;
    const struct resolved_call record = {.start = call->start,
                                         .end = call->end,
                                         .place = place,
                                         .function = put_text(writing, call->function),
                                         .symbol = put_text(writing, call->symbol)};
    put(&writing->calls, &record, sizeof record);
}

static void put_verdict(struct writing *writing, const struct known_verdict *known)
{
    const struct callsite_verdict *verdict = &known->verdict;
    const struct resolved_verdict record = {.where = verdict->where,
                                            .target = verdict->target,
                                            .verdict = (uint32_t)verdict->verdict,
                                            .frame = (uint32_t)verdict->frame,
                                            .how = put_text(writing, verdict->how),
                                            .callee = put_text(writing, verdict->callee),
                                            .evidence = put_text(writing, verdict->evidence),
                                            .is_handed = verdict->is_handed,
                                            .first_caller = (uint32_t)writing->caller_count,
                                            .caller_count = (uint32_t)known->count};
    put(&writing->judged, &record, sizeof record);
    writing->caller_count += known->count;
    for (size_t i = 0; i < known->count; i++) {
        const struct resolved_caller caller = {.offset = known->frames[i].offset, .module = known->frames[i].module};
        put(&writing->callers, &caller, sizeof caller);
    }
}

static unsigned char *put_together(const struct writing *writing, uint64_t *size)
{
    const struct resolved_head head = {.modules = writing->module_count,
                                       .places = writing->place_count,
                                       .frames = writing->frame_count,
                                       .verdicts = writing->verdict_count,
                                       .callers = writing->caller_count,
                                       .texts = writing->texts.size};
    const struct run *const parts[] = {&writing->modules, &writing->placed,  &writing->frames,
                                       &writing->judged,  &writing->callers, &writing->texts};
    struct run whole = {.size = 0};
    put(&whole, &head, sizeof head);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i]->size > 0)
            put(&whole, parts[i]->bytes, parts[i]->size);
    if (writing->calls.size > 0) {
        put(&whole, (const unsigned char[8]){0}, (8 - whole.size % 8) % 8);
        put(&whole, writing->calls.bytes, writing->calls.size);
    }
    *size = whole.size;
    return whole.bytes;
}

static void clear(struct writing *writing)
{
    struct run *const parts[] = {&writing->modules, &writing->placed, &writing->frames, &writing->judged,
                                 &writing->callers, &writing->texts,  &writing->calls};
    struct text *text, *next;
    HASH_ITER(hh, writing->by_text, text, next) {
        HASH_DEL(writing->by_text, text);
        free(text);
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        free(parts[i]->bytes);
    free(writing->places);
    free(writing->verdicts);
    free(writing->numbers);
}

unsigned char *resolved__bytes(struct symbols *symbols, uint64_t *size)
{
    struct writing writing = {.symbols = symbols};
    put(&writing.texts, "", 1);
    symbols__each_place(symbols, take_place, &writing);
    judged__each(symbols__judged(symbols), take_verdict, &writing);
    bring_in_order(&writing);
    for (size_t i = 0; i < writing.place_count; i++)
        put_place(&writing, &writing.places[i]);
    for (size_t i = 0; i < writing.verdict_count; i++)
        put_verdict(&writing, &writing.verdicts[i]);
    for (size_t i = 0; i < writing.place_count; i++)
        if (writing.places[i].call != NULL)
            put_call(&writing, (uint32_t)i);
    unsigned char *bytes = put_together(&writing, size);
    clear(&writing);
    return bytes;
}
