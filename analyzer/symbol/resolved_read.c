/* Reads what addresses were resolved to. Nothing of a block is believed before all of it has been checked. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "judged.h"
#include "resolved.h"
#include "resolved_format.h"
#include "symbols.h"

struct block {
    struct resolved_head head;
    const struct resolved_module *modules;
    const struct resolved_place *places;
    const struct resolved_frame *frames;
    const struct resolved_verdict *verdicts;
    const struct resolved_caller *callers;
    const char *texts;
    const struct resolved_call *calls;
    uint64_t call_count;
};

/* Behind the texts, which are padded for them, whatever is left is calls. */
static bool map_calls(struct block *block, const unsigned char *bytes, uint64_t texts_end, uint64_t size)
{
    uint64_t at = (texts_end + 7) / 8 * 8;
    if (texts_end == size)
        return true;
    if (at >= size || (size - at) % sizeof *block->calls != 0)
        return false;
    block->calls = (const void *)(bytes + at);
    block->call_count = (size - at) / sizeof *block->calls;
    return true;
}

/* The parts lie behind each other, and together they are the whole. */
static bool map(struct block *block, const unsigned char *bytes, uint64_t size)
{
    if (size < sizeof block->head || (uintptr_t)bytes % _Alignof(uint64_t) != 0)
        return false;
    memcpy(&block->head, bytes, sizeof block->head);
    const struct {
        uint64_t count, size;
    } parts[] = {{block->head.modules, sizeof *block->modules}, {block->head.places, sizeof *block->places},
                 {block->head.frames, sizeof *block->frames},   {block->head.verdicts, sizeof *block->verdicts},
                 {block->head.callers, sizeof *block->callers}, {block->head.texts, 1}};
    const void *starts[sizeof parts / sizeof parts[0]];
    uint64_t at = sizeof block->head;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].count > (size - at) / parts[i].size)
            return false;
        starts[i] = bytes + at;
        at += parts[i].count * parts[i].size;
    }
    block->modules = starts[0], block->places = starts[1], block->frames = starts[2];
    block->verdicts = starts[3], block->callers = starts[4], block->texts = starts[5];
    block->calls = NULL, block->call_count = 0;
    return map_calls(block, bytes, at, size);
}

static bool is_text(const struct block *block, uint32_t text)
{
    return text < block->head.texts;
}

static bool are_sound_modules(const struct block *block)
{
    for (uint64_t i = 0; i < block->head.modules; i++)
        if (!is_text(block, block->modules[i].path) || block->modules[i].build_id_length > RESOLVED_BUILD_ID)
            return false;
    return true;
}

/* Nothing is shared, so that what is made of a block is no larger than a block can be. */
static bool are_sound_places(const struct block *block)
{
    uint64_t frames = 0;
    for (uint64_t i = 0; i < block->head.places; i++) {
        const struct resolved_place *place = &block->places[i];
        if (place->module == 0 || place->module > block->head.modules || place->frame_count > SYMBOLS_INLINED ||
            place->first_frame != frames)
            return false;
        frames += place->frame_count;
    }
    if (frames != block->head.frames)
        return false;
    for (uint64_t i = 0; i < block->head.frames; i++) {
        const struct resolved_frame *frame = &block->frames[i];
        if (!is_text(block, frame->function) || !is_text(block, frame->symbol) || !is_text(block, frame->file) ||
            !is_text(block, frame->language) || frame->line < 0)
            return false;
    }
    return true;
}

static bool are_sound_verdicts(const struct block *block)
{
    uint64_t callers = 0;
    for (uint64_t i = 0; i < block->head.verdicts; i++) {
        const struct resolved_verdict *verdict = &block->verdicts[i];
        if (verdict->verdict > VERDICT_RETURNED || verdict->caller_count == 0 ||
            verdict->caller_count > JUDGED_CALLERS || verdict->frame >= verdict->caller_count ||
            verdict->first_caller != callers || !is_text(block, verdict->how) || !is_text(block, verdict->callee) ||
            !is_text(block, verdict->evidence))
            return false;
        callers += verdict->caller_count;
    }
    if (callers != block->head.callers)
        return false;
    for (uint64_t i = 0; i < block->head.callers; i++)
        if (block->callers[i].module > block->head.modules)
            return false;
    return true;
}

static bool are_sound_calls(const struct block *block)
{
    for (uint64_t i = 0; i < block->call_count; i++) {
        const struct resolved_call *call = &block->calls[i];
        if (call->place >= block->head.places || (i > 0 && call->place <= call[-1].place) || call->end <= call->start ||
            !is_text(block, call->function) || !is_text(block, call->symbol) || call->function == 0 ||
            call->symbol == 0)
            return false;
    }
    return true;
}

static const char *text_of(const struct block *block, uint32_t text)
{
    return text != 0 && block->texts[text] != '\0' ? block->texts + text : NULL;
}

static uint32_t *take_modules(struct symbols *symbols, const struct block *block)
{
    uint32_t *numbers = heap__zeroed(block->head.modules + 1, sizeof(*numbers));
    for (uint64_t i = 0; i < block->head.modules; i++) {
        const struct resolved_module *module = &block->modules[i];
        struct lw_module description = {.build_id_length = module->build_id_length};
        memcpy(description.build_id, module->build_id, module->build_id_length);
        numbers[i + 1] = symbols__module(symbols, text_of(block, module->path), &description);
    }
    return numbers;
}

static void take_place(struct symbols *symbols, const struct block *block, const struct resolved_place *place,
                       uint32_t module, const struct resolved_call *record)
{
    struct frame frames[SYMBOLS_INLINED];
    struct symbols_call call = {.start = 0};
    if (record != NULL)
        call = (struct symbols_call){.function = text_of(block, record->function),
                                     .symbol = text_of(block, record->symbol),
                                     .start = record->start,
                                     .end = record->end};
    for (uint32_t i = 0; i < place->frame_count; i++) {
        const struct resolved_frame *frame = &block->frames[place->first_frame + i];
        frames[i] = (struct frame){.function = text_of(block, frame->function),
                                   .symbol = text_of(block, frame->symbol),
                                   .file = text_of(block, frame->file),
                                   .language = text_of(block, frame->language),
                                   .line = frame->line,
                                   .column = frame->column,
                                   .inlined = frame->is_inlined != 0};
    }
    symbols__add_place(symbols,
                       &(struct symbols_place){.module = module,
                                               .offset = place->offset,
                                               .exact = (place->flags & RESOLVED_EXACT) != 0,
                                               .is_trampoline = (place->flags & RESOLVED_TRAMPOLINE) != 0,
                                               .count = place->frame_count,
                                               .frames = frames,
                                               .call = call.function != NULL && call.symbol != NULL ? &call : NULL});
}

static void take_verdict(struct symbols *symbols, const struct block *block, const struct resolved_verdict *record,
                         const uint32_t *numbers)
{
    struct callsite_frame frames[JUDGED_CALLERS];
    struct callsite_verdict verdict = {.verdict = (enum verdict)record->verdict,
                                       .frame = record->frame,
                                       .where = record->where,
                                       .how = text_of(block, record->how),
                                       .is_handed = record->is_handed != 0,
                                       .callee = text_of(block, record->callee),
                                       .target = record->target};
    const char *evidence = text_of(block, record->evidence);
    if (evidence != NULL)
        memcpy(verdict.evidence, evidence, strnlen(evidence, sizeof verdict.evidence - 1));
    for (uint32_t i = 0; i < record->caller_count; i++) {
        const struct resolved_caller *caller = &block->callers[record->first_caller + i];
        frames[i] = (struct callsite_frame){.module = numbers[caller->module], .offset = caller->offset};
    }
    judged__add(symbols__judged(symbols), frames, record->caller_count, &verdict);
}

const char *resolved__read(struct symbols *symbols, const unsigned char *bytes, uint64_t size)
{
    struct block block;
    if (!map(&block, bytes, size))
        return "its resolved symbols are not as many as they say";
    if (block.head.texts == 0 || block.texts[0] != '\0' || block.texts[block.head.texts - 1] != '\0' ||
        block.head.texts > UINT32_MAX)
        return "the texts of its resolved symbols do not end";
    if (!are_sound_modules(&block) || !are_sound_places(&block) || !are_sound_verdicts(&block) ||
        !are_sound_calls(&block))
        return "its resolved symbols lead nowhere";
    uint32_t *numbers = take_modules(symbols, &block);
    uint64_t next = 0;
    for (uint64_t i = 0; i < block.head.places; i++) {
        bool has_call = next < block.call_count && block.calls[next].place == i;
        take_place(symbols, &block, &block.places[i], numbers[block.places[i].module],
                   has_call ? &block.calls[next++] : NULL);
    }
    for (uint64_t i = 0; i < block.head.verdicts; i++)
        take_verdict(symbols, &block, &block.verdicts[i], numbers);
    free(numbers);
    return NULL;
}
