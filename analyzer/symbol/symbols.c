/* Addresses to functions, files and lines.
 *
 * DESIGN. Two tables: modules by path and build-id (numbered over all ledgers), and places by module, offset and kind of
 * address. A place is looked up in its binary once; a binary is opened when the first of its places is asked for. Which
 * files its process sees the kernel is asked no sooner than that: ledgers are opened far more often. */
#include "symbols.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/process_number.h"
#include "base/table.h"
#include "binary.h"
#include "judged.h"
#include "system_code.h"

enum { BUILD_ID_AT_MOST = 32 };

struct module_key {
    const char *path, *build_id; /* of the pool, so that addresses can be compared */
    const char *root;            /* the same; of what has no build-id, so that only there is the same file */
};

struct module {
    struct module_key key;
    uint32_t number;
    uint32_t process; /* that sees the file, of several the last one; 0: it is one of ours */
    bool is_program;  /* which that process was started from */
    uint8_t build_id[BUILD_ID_AT_MOST];
    size_t build_id_length;
    struct binary *binary; /* NULL: not asked for yet */
    bool changed;
    enum code_origin origin;
    UT_hash_handle hh;
};

struct place_key {
    uint64_t offset;
    uint32_t module;
    uint32_t exact;
};

enum answer { UNASKED, NO, YES };

struct call {
    struct symbols_call known;
    enum answer ends_in_jump;
};

struct place {
    struct place_key key;
    UT_hash_handle hh;
    bool was_added, is_trampoline; /* the latter of one that was added only */
    bool call_known;
    struct call *call; /* that returns there; NULL: none that is certain */
    size_t count;
    struct frame frames[];
};

struct symbols {
    struct symbols_options options;
    char *debug_path;
    struct pool *pool;
    struct module *modules; /* by key */
    struct module **by_number;
    size_t module_count, module_room;
    struct place *places;
    struct judged *judged;
};

struct symbols *symbols__new(const struct symbols_options *options)
{
    struct symbols *symbols = heap__zeroed(1, sizeof(*symbols));
    if (options != NULL)
        symbols->options = *options;
    if (symbols->options.debug_path != NULL)
        symbols->options.debug_path = symbols->debug_path = heap__copied(symbols->options.debug_path);
    symbols->pool = pool__new();
    symbols->judged = judged__new(symbols->pool);
    return symbols;
}

void symbols__free(struct symbols *symbols)
{
    if (symbols == NULL)
        return;
    struct place *place, *next;
    HASH_ITER(hh, symbols->places, place, next) {
        HASH_DEL(symbols->places, place);
        free(place->call);
        free(place);
    }
    HASH_CLEAR(hh, symbols->modules);
    for (size_t i = 0; i < symbols->module_count; i++) {
        binary__free(symbols->by_number[i]->binary);
        free(symbols->by_number[i]);
    }
    free(symbols->by_number);
    judged__free(symbols->judged);
    pool__free(symbols->pool);
    free(symbols->debug_path);
    free(symbols);
}

struct pool *symbols__pool(struct symbols *symbols)
{
    return symbols->pool;
}

static const char *hex_text(struct pool *pool, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * BUILD_ID_AT_MOST + 1];
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
    return length > 0 ? pool__text(pool, text) : NULL;
}

static struct module *add_module(struct symbols *symbols, const struct module_key *key)
{
    struct module *module = heap__zeroed(1, sizeof(*module));
    module->key = *key;
    module->origin = system_code__of_module(key->path);
    symbols->by_number =
        heap__room(symbols->by_number, symbols->module_count, &symbols->module_room, sizeof(struct module *));
    symbols->by_number[symbols->module_count++] = module;
    module->number = (uint32_t)symbols->module_count;
    HASH_ADD(hh, symbols->modules, key, sizeof(module->key), module);
    return module;
}

/* Below which the files of the process lie, of the pool; NULL: it sees ours. */
static const char *root_of(struct symbols *symbols, uint32_t process)
{
    char *root = process != 0 ? process_number__root(process) : NULL;
    const char *kept = pool__text(symbols->pool, root);
    free(root);
    return kept;
}

/* The process of before may have ended, and where it was found there is nothing then: another one's files do as well. */
static void note_process(struct symbols *symbols, struct module *module, uint32_t process)
{
    if (process == 0 || process == module->process)
        return;
    module->process = process;
    bool is_found = module->binary == NULL || (!module->changed && binary__is_readable(module->binary));
    if (!is_found && (module->is_program || root_of(symbols, process) != NULL)) {
        binary__free(module->binary);
        module->binary = NULL;
    }
}

uint32_t symbols__module(struct symbols *symbols, const char *path, const struct lw_module *description)
{
    return symbols__module_in(symbols, 0, false, path, description);
}

uint32_t symbols__module_in(struct symbols *symbols, uint32_t process, bool is_program, const char *path,
                            const struct lw_module *description)
{
    if (path == NULL || description == NULL)
        return 0;
    size_t length = description->build_id_length;
    if (length > BUILD_ID_AT_MOST)
        length = BUILD_ID_AT_MOST;
    struct module_key key = {pool__text(symbols->pool, path), hex_text(symbols->pool, description->build_id, length),
                             length == 0 ? root_of(symbols, process) : NULL};
    struct module *module;
    HASH_FIND(hh, symbols->modules, &key, sizeof(key), module);
    if (module != NULL) {
        module->is_program = module->is_program || is_program;
        note_process(symbols, module, process);
        return module->number;
    }
    module = add_module(symbols, &key);
    module->process = process;
    module->is_program = is_program;
    memcpy(module->build_id, description->build_id, length);
    module->build_id_length = length;
    return module->number;
}

static struct module *find_module(const struct symbols *symbols, uint32_t number)
{
    return number > 0 && number <= symbols->module_count ? symbols->by_number[number - 1] : NULL;
}

/* libdwfl asks the servers by itself whenever the variable is set. A command that is to be run still gets it: nothing is
 * looked up before that. */
static void settle_debuginfod(const struct symbols_options *options)
{
    if (!options->debuginfod)
        unsetenv("DEBUGINFOD_URLS");
}

/* True: it is the one that was recorded. */
static bool open_at(struct symbols *symbols, struct module *module, const char *path)
{
    binary__free(module->binary);
    module->binary = binary__new(path, &symbols->options, symbols->pool);
    bool is_readable = binary__is_readable(module->binary);
    module->changed = is_readable && !binary__is_build(module->binary, module->build_id, module->build_id_length);
    return is_readable && !module->changed;
}

/* The kernel keeps the file, whatever lies at its path by now. */
static bool open_started(struct symbols *symbols, struct module *module)
{
    char *path = heap__printed("/proc/%" PRIu32 "/exe", module->process);
    bool is_found = open_at(symbols, module, path);
    free(path);
    return is_found;
}

/* Where its process finds it; and where that is not to be had any more, here, or as what the process was started from, if a
 * build-id tells that it is the same. */
static void open_binary(struct symbols *symbols, struct module *module)
{
    bool has_id = module->build_id_length > 0;
    const char *root = has_id ? root_of(symbols, module->process) : module->key.root;
    char *below = root != NULL ? heap__printed("%s%s", root, module->key.path) : NULL;
    bool is_found = below != NULL && open_at(symbols, module, below);
    free(below);
    if (!is_found && (root == NULL || has_id))
        is_found = open_at(symbols, module, module->key.path);
    if (!is_found && has_id && module->is_program && !open_started(symbols, module))
        open_at(symbols, module, module->key.path);
}

static struct binary *binary_of(struct symbols *symbols, struct module *module)
{
    if (module->binary == NULL) {
        settle_debuginfod(&symbols->options);
        open_binary(symbols, module);
    }
    return module->changed ? NULL : module->binary;
}

/* A return address may be the first one of the next line, or function. */
static uint64_t address_to_ask(uint64_t offset, bool exact)
{
    return exact || offset == 0 ? offset : offset - 1;
}

/* What a frame has from its module; a place of which nothing is known has one frame all the same. */
static size_t complete(const struct module *module, uint64_t offset, struct frame *frames, size_t count)
{
    if (count == 0)
        frames[count++] = (struct frame){.line = 0};
    for (size_t i = 0; i < count && module != NULL; i++) {
        frames[i].module = module->key.path;
        frames[i].build_id = module->key.build_id;
        frames[i].offset = offset;
        frames[i].changed = module->changed;
        frames[i].origin = system_code__of_frame(&frames[i], module->origin);
    }
    return count;
}

static size_t fill(struct symbols *symbols, struct module *module, uint64_t offset, bool exact, struct frame *frames)
{
    struct binary *binary = module ? binary_of(symbols, module) : NULL;
    size_t count = binary ? binary__look_up(binary, address_to_ask(offset, exact), frames, SYMBOLS_INLINED) : 0;
    return complete(module, offset, frames, count);
}

static struct place *find_place(const struct symbols *symbols, uint32_t module, uint64_t offset, bool exact)
{
    struct place_key key = {.offset = offset, .module = module, .exact = exact};
    struct place *place;
    HASH_FIND(hh, symbols->places, &key, sizeof(key), place);
    return place;
}

static struct place *keep_place(struct symbols *symbols, const struct place_key *key, const struct frame *frames,
                                size_t count)
{
    struct place *place = heap__zeroed(1, sizeof(*place) + count * sizeof(struct frame));
    place->key = *key;
    place->count = count;
    memcpy(place->frames, frames, count * sizeof(struct frame));
    HASH_ADD(hh, symbols->places, key, sizeof(place->key), place);
    return place;
}

const struct frame *symbols__frames(struct symbols *symbols, uint32_t number, uint64_t offset, bool exact,
                                    size_t *count)
{
    struct place *place = find_place(symbols, number, offset, exact);
    if (place == NULL) {
        const struct place_key key = {.offset = offset, .module = number, .exact = exact};
        struct frame frames[SYMBOLS_INLINED];
        size_t filled = fill(symbols, find_module(symbols, number), offset, exact, frames);
        place = keep_place(symbols, &key, frames, filled);
    }
    *count = place->count;
    return place->frames;
}

size_t symbols__look_up(struct symbols *symbols, const char *module_path, const struct lw_module *module,
                        uint64_t address, bool exact, struct frame *frames, size_t room)
{
    size_t count;
    uint64_t base = module_path && module ? module->base : 0;
    const struct frame *found =
        symbols__frames(symbols, symbols__module(symbols, module_path, module), address - base, exact, &count);
    if (count > room)
        count = room;
    memcpy(frames, found, count * sizeof(*frames));
    return count;
}

bool symbols__is_trampoline(struct symbols *symbols, uint32_t number, uint64_t offset)
{
    struct module *module = find_module(symbols, number);
    if (module == NULL || module->origin != CODE_ENTRY) /* the C library's, and nobody else's */
        return false;
    for (int exact = 0; exact < 2; exact++) {
        const struct place *place = find_place(symbols, number, offset, exact != 0);
        if (place != NULL && place->was_added)
            return place->is_trampoline;
    }
    struct binary *binary = binary_of(symbols, module);
    return binary != NULL && binary__is_trampoline(binary, offset);
}

/* ---- Calls that end in jumps ------------------------------------------------------------------------------------- */

static struct call *call_of(struct symbols *symbols, struct place *place)
{
    struct binary_call found;
    if (place->call_known || place->was_added)
        return place->call;
    place->call_known = true;
    struct module *module = find_module(symbols, place->key.module);
    struct binary *binary = module ? binary_of(symbols, module) : NULL;
    if (binary == NULL || !binary__find_call(binary, place->key.offset, &found))
        return NULL;
    place->call = heap__zeroed(1, sizeof(*place->call));
    place->call->known = (struct symbols_call){.symbol = found.symbol, .start = found.start, .end = found.end};
    return place->call;
}

/* Does it? Then its name is asked for, too. */
static bool ends_in_jump(struct symbols *symbols, const struct place *place, struct call *call)
{
    struct frame frames[SYMBOLS_INLINED];
    if (call->ends_in_jump != UNASKED)
        return call->ends_in_jump == YES;
    struct symbols_call *known = &call->known;
    struct binary *binary = binary_of(symbols, find_module(symbols, place->key.module));
    call->ends_in_jump = NO;
    if (!binary__ends_in_jump(binary, &(struct binary_call){known->symbol, known->start, known->end}))
        return false;
    size_t count = binary__look_up(binary, known->start, frames, SYMBOLS_INLINED);
    known->function = count > 0 ? frames[count - 1].function : NULL; /* the others are inlined into it */
    call->ends_in_jump = known->function != NULL ? YES : NO;
    return call->ends_in_jump == YES;
}

/* foo.part.0 and foo.cold are parts of foo. */
static bool are_parts_of_one(const char *a, const char *b)
{
    size_t length = strcspn(a, ".");
    return length == strcspn(b, ".") && strncmp(a, b, length) == 0;
}

const char *symbols__jumped_from(struct symbols *symbols, uint32_t module, uint64_t offset, const struct frame *inner)
{
    struct place *place = find_place(symbols, module, offset, false);
    struct call *call = place ? call_of(symbols, place) : NULL;
    if (call == NULL)
        return NULL;
    if (inner != NULL && inner->module == place->frames[0].module && inner->build_id == place->frames[0].build_id) {
        if (inner->symbol == NULL || (inner->offset > call->known.start && inner->offset <= call->known.end) ||
            are_parts_of_one(inner->symbol, call->known.symbol))
            return NULL;
    }
    return ends_in_jump(symbols, place, call) ? call->known.function : NULL;
}

struct Elf *symbols__elf(struct symbols *symbols, uint32_t number)
{
    struct module *module = find_module(symbols, number);
    struct binary *binary = module ? binary_of(symbols, module) : NULL;
    return binary ? binary__elf(binary) : NULL;
}

/* ---- What is known ----------------------------------------------------------------------------------------------- */

void symbols__each_place(struct symbols *symbols, symbols_visit *visit, void *context)
{
    for (const struct place *place = symbols->places; place != NULL; place = place->hh.next)
        visit(context,
              &(struct symbols_place){
                  .module = place->key.module,
                  .offset = place->key.offset,
                  .exact = place->key.exact != 0,
                  .is_trampoline = symbols__is_trampoline(symbols, place->key.module, place->key.offset),
                  .count = place->count,
                  .frames = place->frames,
                  .call = place->call != NULL && place->call->ends_in_jump == YES ? &place->call->known : NULL});
}

size_t symbols__module_count(const struct symbols *symbols)
{
    return symbols->module_count;
}

struct symbols_module symbols__module_of(const struct symbols *symbols, uint32_t number)
{
    const struct module *module = find_module(symbols, number);
    struct symbols_module found = {.number = 0, .path = ""};
    if (module != NULL)
        found = (struct symbols_module){.number = number,
                                        .path = module->key.path,
                                        .build_id = module->build_id,
                                        .build_id_length = module->build_id_length};
    return found;
}

static struct frame kept_frame(struct pool *pool, const struct frame *frame)
{
    return (struct frame){.function = pool__text(pool, frame->function),
                          .symbol = pool__text(pool, frame->symbol),
                          .file = pool__text(pool, frame->file),
                          .language = pool__text(pool, frame->language),
                          .line = frame->line,
                          .column = frame->column,
                          .inlined = frame->inlined};
}

static struct call *kept_call(struct pool *pool, const struct symbols_call *known)
{
    struct call *call = heap__zeroed(1, sizeof(*call));
    call->known = *known;
    call->known.function = pool__text(pool, known->function);
    call->known.symbol = pool__text(pool, known->symbol);
    call->ends_in_jump = YES;
    return call;
}

const char *symbols__added_name(const struct symbols *symbols, uint32_t module, uint64_t offset)
{
    const struct place *place = find_place(symbols, module, offset, false);
    return place != NULL && place->was_added && place->count > 0 ? place->frames[0].function : NULL;
}

void symbols__add_place(struct symbols *symbols, const struct symbols_place *place)
{
    const struct place_key key = {.offset = place->offset, .module = place->module, .exact = place->exact};
    struct module *module = find_module(symbols, place->module);
    struct frame frames[SYMBOLS_INLINED];
    size_t count = 0;
    if (module == NULL || place->count > SYMBOLS_INLINED ||
        find_place(symbols, place->module, place->offset, place->exact) != NULL)
        return;
    for (; count < place->count; count++)
        frames[count] = kept_frame(symbols->pool, &place->frames[count]);
    count = complete(module, place->offset, frames, count);
    struct place *kept = keep_place(symbols, &key, frames, count);
    kept->was_added = true;
    kept->is_trampoline = place->is_trampoline;
    if (place->call != NULL)
        kept->call = kept_call(symbols->pool, place->call);
}

struct judged *symbols__judged(struct symbols *symbols)
{
    return symbols->judged;
}
