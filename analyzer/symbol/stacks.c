/* The stacks of many ledgers.
 *
 * DESIGN. As in a ledger, stacks are a trie: a node is a place (module and offset) and the number of its caller's node;
 * equal stacks of different ledgers end at the same node. A table from the open ledger's frame numbers to nodes makes
 * every frame of a ledger cost one look-up. */
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/pool.h"
#include "base/table.h"
#include "generated.h"
#include "modules.h"
#include "runtime.h"
#include "source/path.h"
#include "source_frame.h"

enum { DEEPEST = 256, FRAMES_AT_MOST = 512 };

#define SOURCE_MODULE UINT32_MAX
#define GENERATED_MODULE (UINT32_MAX - 1) /* code made at run time that has a name; where it has none, it is 0 */

struct node_key {
    uint64_t offset; /* of a line of an interpreted program, and of a name: where its text is kept in the pool */
    uint32_t
        module; /* as symbols__module numbers it; SOURCE_MODULE: a line of an interpreted program; or the next one */
    uint32_t caller; /* 0: none */
};

struct node {
    struct node_key key;
    uint32_t number;
    uint64_t lines; /* what tells the lines of an interpreted program among its frames from others; 0: none */
    bool has_line;  /* one of them is of the interpreter's own frames */
    UT_hash_handle hh;
    struct stack *stack;  /* NULL: not asked for yet */
    struct frame *source; /* of what is no code of a module; NULL: not asked for yet, or none */
};

/* The first of the stacks that have the same lines of an interpreted program, and whose call is in the same module. */
struct place {
    struct place_key {
        uint64_t lines;
        uint64_t module;
    } key;
    uint32_t number;
    UT_hash_handle hh;
};

/* A frame of some stacks in which a jump stands between it and its neighbour. */
struct jumped {
    struct jumped_key {
        const struct frame *frame;
        const char *from, *left_by; /* of frames that live as long as the symbols */
    } key;
    struct frame frame;
    UT_hash_handle hh;
};

struct stacks {
    struct symbols *symbols;
    struct node *nodes; /* by key */
    struct node **by_number;
    size_t count, room;
    struct jumped *jumped;
    struct place *places;
    struct runtime *runtimes;
    const struct ledger *ledger;
    struct generated generated; /* of the open ledger */
    uint32_t *frames;           /* of the open ledger: frame number to node number, 0 = not met yet */
    uint32_t frame_count;
    uint32_t *modules; /* of the open ledger: module number to symbols' number */
    uint32_t module_count;
};

struct stacks *stacks__new(struct symbols *symbols)
{
    struct stacks *stacks = heap__zeroed(1, sizeof(*stacks));
    stacks->symbols = symbols;
    return stacks;
}

static void free_stack(struct stack *stack)
{
    if (stack != NULL)
        free(stack->frames);
    free(stack);
}

void stacks__free(struct stacks *stacks)
{
    struct jumped *jumped, *next;
    if (stacks == NULL)
        return;
    stacks__open(stacks, NULL);
    HASH_ITER(hh, stacks->jumped, jumped, next) {
        HASH_DEL(stacks->jumped, jumped);
        free(jumped);
    }
    struct place *place, *next_place;
    HASH_ITER(hh, stacks->places, place, next_place) {
        HASH_DEL(stacks->places, place);
        free(place);
    }
    runtime__free(stacks->runtimes);
    HASH_CLEAR(hh, stacks->nodes);
    for (size_t i = 0; i < stacks->count; i++) {
        free_stack(stacks->by_number[i]->stack);
        free(stacks->by_number[i]->source);
        free(stacks->by_number[i]);
    }
    free(stacks->by_number);
    free(stacks);
}

void stacks__open(struct stacks *stacks, const struct ledger *ledger)
{
    free(stacks->frames);
    free(stacks->modules);
    stacks->frames = stacks->modules = NULL;
    stacks->frame_count = stacks->module_count = 0;
    stacks->ledger = ledger;
    stacks->generated = (struct generated){.symbols = stacks->symbols, .ledger = ledger};
    if (ledger == NULL)
        return;
    stacks->frame_count = ledger__count(ledger, LW_STACKS);
    stacks->frames = heap__zeroed(stacks->frame_count, sizeof(uint32_t));
    stacks->module_count = ledger__count(ledger, LW_MODULES);
    stacks->modules = modules__of(stacks->symbols, ledger);
}

static const struct node *find_node(const struct stacks *stacks, uint32_t number)
{
    return number > 0 && number <= stacks->count ? stacks->by_number[number - 1] : NULL;
}

static uint64_t lines_of(const struct stacks *stacks, const struct node_key *key)
{
    const struct node *caller = find_node(stacks, key->caller);
    uint64_t lines = caller ? caller->lines : 0;
    if (key->module != SOURCE_MODULE)
        return lines;
    lines = lines ? lines : HASH_START;
    hash__text(&lines, (const char *)(uintptr_t)key->offset);
    return lines;
}

/* What a language's binding has told stands innermost, and is what the interpreter's own frames say further out. */
static bool is_said_twice(const struct stacks *stacks, const struct lw_frame *frame, uint32_t caller)
{
    const struct node *node = find_node(stacks, caller);
    return frame->address == LW_ADDRESS_SOURCE && node != NULL && node->has_line;
}

static uint32_t add_node(struct stacks *stacks, const struct node_key *key)
{
    struct node *node;
    HASH_FIND(hh, stacks->nodes, key, sizeof(*key), node);
    if (node != NULL)
        return node->number;
    node = heap__zeroed(1, sizeof(*node));
    node->key = *key;
    node->lines = lines_of(stacks, key);
    node->has_line = key->caller > 0 && stacks->by_number[key->caller - 1]->has_line;
    stacks->by_number = heap__room(stacks->by_number, stacks->count, &stacks->room, sizeof(struct node *));
    stacks->by_number[stacks->count++] = node;
    node->number = (uint32_t)stacks->count;
    HASH_ADD(hh, stacks->nodes, key, sizeof(node->key), node);
    return node->number;
}

static struct node_key key_of(struct stacks *stacks, const struct lw_frame *frame, uint32_t caller)
{
    if (lw_is_line(frame)) {
        const char *text = source_frame__text(stacks->ledger, frame, symbols__pool(stacks->symbols));
        return (struct node_key){.offset = (uint64_t)(uintptr_t)text, .module = SOURCE_MODULE, .caller = caller};
    }
    const char *name = lw_is_generated(frame) ? generated__name(&stacks->generated, frame) : NULL;
    if (name != NULL)
        return (struct node_key){.offset = (uint64_t)(uintptr_t)name, .module = GENERATED_MODULE, .caller = caller};
    const struct lw_module *module = ledger__module(stacks->ledger, frame->module);
    if (module == NULL || frame->module >= stacks->module_count)
        return (struct node_key){.offset = 0, .caller = caller};
    uint64_t offset = frame->address - module->base;
    return (struct node_key){.offset = offset, .module = stacks->modules[frame->module], .caller = caller};
}

/* Generated code without a name that was called by such is one frame, as where its addresses are not kept. */
static bool is_nameless(const struct node_key *key)
{
    return key->module == 0 && key->offset == 0;
}

static bool is_nameless_node(const struct stacks *stacks, uint32_t number)
{
    const struct node *node = find_node(stacks, number);
    return node != NULL && is_nameless(&node->key);
}

uint32_t stacks__number(struct stacks *stacks, uint32_t stack)
{
    uint32_t unmet[DEEPEST];
    size_t depth = 0;
    while (depth < DEEPEST && stack > 0 && stack < stacks->frame_count && stacks->frames[stack] == 0) {
        const struct lw_frame *frame = ledger__frame(stacks->ledger, stack);
        if (frame == NULL)
            break;
        unmet[depth++] = stack;
        stack = frame->parent;
    }
    uint32_t node = stack < stacks->frame_count ? stacks->frames[stack] : 0;
    while (depth-- > 0) {
        const struct lw_frame *frame = ledger__frame(stacks->ledger, unmet[depth]);
        struct node_key key = key_of(stacks, frame, node);
        bool is_line = frame->address == LW_ADDRESS_LINE && frame->module != 0; // NOLINT: it was there before
        bool is_same = is_nameless(&key) && is_nameless_node(stacks, node);
        if (!is_same && !is_said_twice(stacks, frame, node))
            node = add_node(stacks, &key);
        stacks->by_number[node - 1]->has_line |= is_line;
        stacks->frames[unmet[depth]] = node;
    }
    return node;
}

const char *stacks__function(struct stacks *stacks, uint32_t module, uint64_t address)
{
    const struct lw_module *record = ledger__module(stacks->ledger, module);
    size_t count;
    if (record == NULL || module >= stacks->module_count || address == 0)
        return NULL;
    const struct frame *frames =
        symbols__frames(stacks->symbols, stacks->modules[module], address - record->base, false, &count);
    return frames[count - 1].function; /* the others are inlined into it */
}

static const struct frame *source_frame(const struct stacks *stacks, struct node *node)
{
    if (node->source == NULL) {
        node->source = heap__zeroed(1, sizeof(*node->source));
        const char *text = (const char *)(uintptr_t)node->key.offset;
        struct pool *pool = symbols__pool(stacks->symbols);
        *node->source =
            node->key.module == SOURCE_MODULE ? source_frame__parse(text, pool) : generated__frame(text, pool);
    }
    return node->source;
}

/* No code of a module, but told by a text. */
static bool is_text(const struct node_key *key)
{
    return key->module == SOURCE_MODULE || key->module == GENERATED_MODULE;
}

/* Is it a place in the program that a call returns to? */
static bool is_caller(const struct stacks *stacks, const struct node *node)
{
    size_t count;
    if (is_text(&node->key))
        return node->key.module == GENERATED_MODULE;
    const struct frame *frames = symbols__frames(stacks->symbols, node->key.module, node->key.offset, false, &count);
    return frames[count - 1].origin != CODE_LEAKWATCH;
}

size_t stacks__callers(const struct stacks *stacks, uint32_t number, struct callsite_frame *callers, size_t room)
{
    size_t count = 0;
    const struct node *node = find_node(stacks, number);
    while (node != NULL && !is_caller(stacks, node))
        node = find_node(stacks, node->key.caller);
    for (; node != NULL && node->key.module != SOURCE_MODULE && count < room;
         node = find_node(stacks, node->key.caller)) {
        callers[count].module = is_text(&node->key) ? 0 : node->key.module;
        callers[count++].offset = is_text(&node->key) ? 0 : node->key.offset;
    }
    return count;
}

/* Nodes are made from the outermost one inward. */
uint32_t stacks__innermost(struct stacks *stacks, uint32_t number, size_t count)
{
    struct node_key kept[DEEPEST];
    size_t depth = 0, callers = 0;
    for (const struct node *node = find_node(stacks, number); node != NULL && callers < count && depth < DEEPEST;
         node = find_node(stacks, node->key.caller)) {
        callers += callers > 0 || is_caller(stacks, node);
        kept[depth++] = node->key;
    }
    uint32_t made = 0;
    while (depth-- > 0) {
        kept[depth].caller = made;
        made = add_node(stacks, &kept[depth]);
    }
    return made;
}

static const struct frame *jumped_frame(struct stacks *stacks, const struct frame *frame, const char *from,
                                        const char *left_by)
{
    struct jumped_key key = {frame, from, left_by};
    struct jumped *jumped;
    HASH_FIND(hh, stacks->jumped, &key, sizeof(key), jumped);
    if (jumped != NULL)
        return &jumped->frame;
    jumped = heap__zeroed(1, sizeof(*jumped));
    jumped->key = key;
    jumped->frame = *frame;
    jumped->frame.jumped_from = from;
    jumped->frame.left_by_jump = left_by;
    HASH_ADD(hh, stacks->jumped, key, sizeof(jumped->key), jumped);
    return &jumped->frame;
}

/* The function that a place called need not be the one that the stack has next to it, of which `inner` is the outermost
 * frame: NULL where the stack begins, or has only leakwatch's own. */
static void tell_jump(struct stacks *stacks, const struct node_key *key, const struct frame **inner,
                      const struct frame **here)
{
    bool is_first = inner == NULL || (*inner)->origin == CODE_LEAKWATCH; // NOLINT: each place has a frame
    const char *name = symbols__jumped_from(stacks->symbols, key->module, key->offset, is_first ? NULL : *inner);
    if (name != NULL && is_first)
        *here = jumped_frame(stacks, *here, NULL, name); // NOLINT: likewise
    else if (name != NULL)
        *inner = jumped_frame(stacks, *inner, name, (*inner)->left_by_jump);
}

/* A signal's trampoline was "returned to" at its first byte, and what it interrupted stood exactly at its address. */
static size_t symbolise(struct stacks *stacks, const struct node *node, const struct frame **frames, size_t room)
{
    size_t count = 0;
    bool was_interrupted = false;
    const struct frame **inner = NULL; /* the outermost frame of the place before */
    bool is_adjacent = true;           /* no line of an interpreted program lies between */
    for (; node != NULL && count < room; node = find_node(stacks, node->key.caller)) {
        const struct node_key *key = &node->key;
        if (is_text(key)) {
            frames[count++] = source_frame(stacks, stacks->by_number[node->number - 1]);
            is_adjacent = false;
            continue;
        }
        bool is_trampoline = symbols__is_trampoline(stacks->symbols, key->module, key->offset);
        size_t inlined;
        const struct frame *found =
            symbols__frames(stacks->symbols, key->module, key->offset, was_interrupted || is_trampoline, &inlined);
        size_t first = count;
        for (size_t i = 0; i < inlined && count < room; i++)
            frames[count++] = &found[i];
        if (is_adjacent && !was_interrupted && !is_trampoline && found->origin != CODE_LEAKWATCH)
            tell_jump(stacks, key, inner, &frames[first]);
        inner = &frames[count - 1];
        is_adjacent = true;
        was_interrupted = is_trampoline;
    }
    return count;
}

/* The C library's way to main or to a thread's function; and _start, which has no name in a stripped program. Beyond the
 * function that starts threads nothing called anything: what the unwinder finds there is no code. */
static bool is_entry(const struct frame *const *frames, size_t last)
{
    const struct frame *frame = frames[last];
    if (frame->origin == CODE_ENTRY)
        return true;
    if (frame->module == NULL && frame->file == NULL && last > 1)
        return frames[last - 1]->origin == CODE_ENTRY && frames[last - 2]->origin == CODE_ENTRY;
    return frame->function == NULL && frame->module != NULL && last > 1 && frames[last - 1]->origin == CODE_ENTRY;
}

/* leakwatch's library, and what its headers put inline into the program. */
static bool is_own(const struct frame *frame)
{
    static const char file[] = "leakwatch", function[] = "leakwatch_";
    bool is_inline = frame->function != NULL && frame->file != NULL &&
                     strncmp(frame->function, function, sizeof function - 2) == 0 &&
                     strncmp(base_name(frame->file), file, sizeof file - 1) == 0;
    return frame->origin == CODE_LEAKWATCH || is_inline;
}

/* leakwatch's own frames lie innermost, the C library's entry outermost; a stack that is nothing else stays. */
static struct stack *trim(const struct frame **frames, size_t count)
{
    size_t first = 0;
    while (first + 1 < count && is_own(frames[first]))
        first++;
    size_t end = count;
    while (end > first + 1 && is_entry(frames, end - 1))
        end--;
    struct stack *stack = heap__zeroed(1, sizeof(*stack));
    stack->count = end - first;
    stack->is_whole = end < count;
    stack->frames = heap__zeroed(stack->count, sizeof(*stack->frames));
    memcpy(stack->frames, frames + first, stack->count * sizeof(*frames));
    stack->has_lines = stack__knows_lines(stack->frames, stack->count);
    return stack;
}

const struct stack *stacks__get(struct stacks *stacks, uint32_t number)
{
    const struct frame *frames[FRAMES_AT_MOST];
    if (find_node(stacks, number) == NULL)
        return NULL;
    struct node *node = stacks->by_number[number - 1];
    if (node->stack == NULL) {
        size_t count = symbolise(stacks, node, frames, FRAMES_AT_MOST);
        runtime__set_apart(&stacks->runtimes, frames, count);
        node->stack = trim(frames, count);
    }
    return node->stack;
}

#define COPIES_APART 4096 /* bytes of code at most, in each frame */

/* Could they be copies? Most pairs of stacks are told apart here, without symbols. */
static bool are_near(const struct stacks *stacks, uint32_t a, uint32_t b)
{
    while (a != b) {
        const struct node *one = find_node(stacks, a), *other = find_node(stacks, b);
        if (one == NULL || other == NULL || one->key.module != other->key.module || is_text(&one->key))
            return false;
        uint64_t offset = one->key.offset, there = other->key.offset;
        if ((offset > there ? offset - there : there - offset) > COPIES_APART)
            return false;
        a = one->key.caller;
        b = other->key.caller;
    }
    return true;
}

static bool are_one_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Without columns two calls of one line would be copies. */
static bool are_one_call(const struct frame *a, const struct frame *b)
{
    if (a == b || (a->offset == b->offset && a->module == b->module))
        return true;
    bool is_one_place = a->line > 0 && a->line == b->line && a->column > 0 && a->column == b->column;
    return is_one_place && are_one_text(a->file, b->file) && are_one_text(a->function, b->function);
}

static struct place_key place_of(const struct node *node)
{
    return (struct place_key){.lines = node->lines, .module = node->key.module};
}

/* An interpreter gets from line to line in several ways: CPython's specialises instructions that come often. */
static bool have_one_place(const struct stacks *stacks, uint32_t a, uint32_t b)
{
    const struct node *one = find_node(stacks, a), *other = find_node(stacks, b);
    return one != NULL && other != NULL && one->lines != 0 && one->lines == other->lines &&
           one->key.module == other->key.module;
}

uint32_t stacks__place(struct stacks *stacks, uint32_t number)
{
    const struct node *node = find_node(stacks, number);
    struct place *place;
    if (node == NULL || node->lines == 0)
        return number;
    const struct place_key key = place_of(node);
    HASH_FIND(hh, stacks->places, &key, sizeof(key), place);
    if (place != NULL)
        return place->number;
    place = heap__zeroed(1, sizeof(*place));
    place->key = key;
    place->number = number;
    HASH_ADD(hh, stacks->places, key, sizeof(place->key), place);
    return number;
}

bool stacks__are_copies(struct stacks *stacks, uint32_t a, uint32_t b)
{
    if (a != b && have_one_place(stacks, a, b))
        return true;
    if (a == b || !are_near(stacks, a, b))
        return false;
    const struct stack *one = stacks__get(stacks, a), *other = stacks__get(stacks, b);
    bool are_copies = one != NULL && other != NULL && one->count == other->count;
    for (size_t i = 0; are_copies && i < one->count; i++)
        are_copies = are_one_call(one->frames[i], other->frames[i]);
    return are_copies;
}
