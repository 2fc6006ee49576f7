/* "Which stack is this?", where an interpreter is at work.
 *
 * DESIGN. Two functions of a program that are called at one place of the interpreter have equal code on the stack, and from
 * CPython 3.11 on a whole chain of calls is one evaluation. So behind the memory of code (stack.c) stands another one: for
 * the number of a stack of code, and the frames that the interpreter is at (their code, place and identity), the number of
 * the stack that has both. A line that changes costs no walk: the walk is made again of what is remembered.
 *
 * Which frames belong where: each evaluation that is on the stack takes frames, the innermost first, through the one that
 * it began with. An evaluation that has only begun has none yet, and one of another interpreter in this thread (up to 3.11
 * all ask for the main one's frames) has others: so where the thread's state, or the first frame of no code, has an anchor
 * on the C stack, the frames begin with the evaluation in which that lies, and without one all stays code. */
#include "merged.h"

#include <string.h>

#include "ledger/ledger.h"
#include "memos.h"
#include "modules.h"
#include "process/process.h"
#include "python/python.h"
#include "ring.h"

#define MEMORY (640u * 1024) /* as far as it is used: an entry of 10 frames takes a third of a KiB */
#define ITEMS (2 * LW_PYTHON_FRAMES)
#define KNOWN 2048u
#define STEPS 4096u
#define ALL (LW_DEPTH + LW_PYTHON_FRAMES)

struct entry {
    struct lw_ring_entry ring;
    uint32_t native, stack;
    uint32_t era, generation;
    uint64_t anchor;
    uint32_t count;
    uint32_t is_cut; /* there are more frames, which do not matter */
    uint64_t unused; /* memos stand at multiples of 16 bytes */
    struct lw_memo memo;
    struct lw_python_frame frame[];
};

/* The frames of this thread now. */
struct frames {
    struct lw_python_frame frame[ITEMS];
    bool is_told[ITEMS]; /* it has code, and has begun */
    uint32_t count, told;
    bool is_cut, is_odd; /* odd: some have no code that could be looked at */
    uint64_t anchor;     /* 0: there is none */
};

/* Lines that have been looked up. */
struct known {
    struct lw_python_frame frame;
    uint32_t line;
};

/* Steps of the trie of stacks that have been made: to look one up there costs a hundred times as much. */
struct step {
    uint64_t address;
    uint32_t line, parent;
    uint32_t number; /* 0: there is none here */
    uint32_t generation;
};

struct lw_merged {
    struct frames frames;
    struct {
        uint64_t address[ALL];
        uint32_t line[ALL];
        uint32_t depth;
    } made; /* a stack, innermost first */
    struct {
        uint64_t address[ALL];
        uint32_t line[ALL], number[ALL];
        uint32_t depth, generation;
    } last; /* the one before it, outermost first, and the number of each part of it: most of it is often the same */
    struct known known[KNOWN];
    struct step steps[STEPS];
    _Alignas(16) struct lw_ring ring;
};
#define RING ((MEMORY - sizeof(struct lw_merged)) / 16 * 2)
_Static_assert(RING <= LW_RING_LIMIT, "positions must fit uint16_t");

struct lw_merged *lw_merged_new(void)
{
    struct lw_merged *merged = lw_pages(MEMORY);
    if (merged)
        merged->ring.words = RING;
    return merged;
}

void lw_merged_wipe(struct lw_merged *merged)
{
    lw_ring_wipe(&merged->ring);
    memset(merged->known, 0, sizeof merged->known);
    memset(merged->steps, 0, sizeof merged->steps);
    merged->last.depth = 0;
}

/* Amid an instruction the frames may be half made: then nothing is asked of them. */
bool lw_merged_has_lines(const struct lw_walk *walk)
{
    if (lw_python_is_told() && !walk->interrupted)
        for (uint32_t i = 0; i < walk->depth; i++)
            if (lw_python_evaluates(walk->address[i]))
                return true;
    return false;
}

/* ---- Recall ---- */

static inline uint32_t bucket_of(uint32_t native, const struct lw_python_frame *innermost)
{
    return lw_ring_bucket(lw_hash2(innermost->code ^ native, innermost->instruction));
}

/* What is compared with need not be an entry any more: it lies in the ring. */
static inline struct entry *look(struct lw_ring *ring, uint32_t serial, uint32_t native, uint64_t anchor, uint64_t at)
{
    struct lw_python_frame innermost;
    lw_python_read(&lw_python.layout, at, &innermost);
    uint32_t next = ring->buckets[bucket_of(native, &innermost)], count;
    for (struct entry *entry; next && lw_ring_unmoved(ring, serial); next = entry->ring.next) {
        entry = lw_ring_at(ring, next);
        count = entry->count;
        if (entry->native == native && entry->anchor == anchor && entry->era == lw_era &&
            entry->generation == lw_generation && lw_ring_unmoved(ring, serial) &&
            lw_python_is_at(at, entry->frame, count, entry->is_cut))
            return entry;
    }
    return NULL;
}

/* Of the thread's state; those that are frames are compared with them. */
static inline uint64_t anchor_of(const void *state)
{
    uint32_t place = lw_python.layout.state_anchor;
    return place ? LW_FIELD_OF(uint64_t, state, place) : 0;
}

LW_HOT_CODE bool lw_merged_recall(struct lw_merged *merged, struct lw_trace *trace)
{
    struct lw_ring *ring = &merged->ring;
    const void *state = lw_python_is_told() ? lw_python_state() : NULL;
    uint64_t at = state ? lw_python_innermost(state) : 0;
    while (at) {
        uint32_t serial = lw_ring_serial(ring);
        struct entry *entry = look(ring, serial, trace->stack, anchor_of(state), at);
        uint32_t stack = entry ? entry->stack : 0;
        if (!lw_ring_unmoved(ring, serial))
            continue;
        if (!entry)
            return false;
        trace->stack = stack;
        trace->memo = &entry->memo;
        break;
    }
    return true; /* without a state, or a frame, its code is all that there is */
}

/* ---- The frames, and where they belong ---- */

static void read_frames(struct frames *frames)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    struct lw_python_file file = {0};
    const void *state = lw_python_state();
    uint64_t at = state ? lw_python_innermost(state) : 0;
    frames->count = frames->told = 0;
    frames->is_cut = frames->is_odd = false;
    frames->anchor = state ? anchor_of(state) : 0;
    while (at && frames->count < ITEMS && frames->told < LW_PYTHON_FRAMES) {
        struct lw_python_frame *frame = &frames->frame[frames->count];
        uint64_t this = at;
        at = lw_python_read(layout, at, frame);
        if (frame->code && !lw_python_is_code(frame->code)) {
            frames->is_odd = true;
            continue;
        }
        frame->identity = frame->code ? lw_python_identity(layout, &file, frame->code) : 0;
        bool is_told = frame->code && lw_python_has_begun(layout, this, frame);
        frames->is_told[frames->count++] = is_told;
        frames->told += is_told;
    }
    frames->is_cut = at != 0;
}

/* The frame of no code that stands innermost: an evaluation has it on the C stack. */
static uint64_t anchor_in(const struct frames *frames)
{
    for (uint32_t i = 0; i < frames->count; i++)
        if (!frames->frame[i].code)
            return frames->frame[i].instruction;
    return 0;
}

/* Does the address lie in the part of the C stack that this frame of the walk has? */
static bool is_within(const struct lw_walk *walk, uint32_t depth, uint64_t address)
{
    uint64_t end = depth + 1 < walk->depth ? walk->sp[depth + 1] : UINT64_MAX;
    return walk->sp[depth] && end && address >= walk->sp[depth] && address < end;
}

/* Which frame of the walk takes the first frames; walk->depth: none. */
static uint32_t first_evaluation(const struct lw_walk *walk, const struct frames *frames)
{
    bool is_anchored = lw_python.layout.way >= WAY_SHIM || lw_python.layout.state_anchor;
    uint64_t anchor = frames->anchor ? frames->anchor : anchor_in(frames);
    uint32_t i = 0;
    while (i < walk->depth && (!lw_python_evaluates(walk->address[i]) || (is_anchored && !is_within(walk, i, anchor))))
        i++;
    return i;
}

/* Up to 3.9 nothing anchors them: there, evaluations that are too many may be another interpreter's. */
static bool is_certain(const struct lw_walk *walk, const struct frames *frames)
{
    uint32_t evaluations = 0;
    if (lw_python.layout.way != WAY_OBJECTS || lw_python.layout.state_anchor || !lw_python_has_second())
        return true;
    for (uint32_t i = 0; i < walk->depth; i++)
        evaluations += lw_python_evaluates(walk->address[i]);
    return evaluations <= frames->told || frames->is_cut;
}

/* ---- The stack ---- */

static uint32_t line_of(struct lw_merged *merged, const struct lw_python_frame *frame)
{
    uint64_t hash = lw_hash2(frame->code, frame->instruction);
    struct known *known = &merged->known[hash % KNOWN];
    if (memcmp(&known->frame, frame, sizeof *frame) != 0) {
        known->line = lw_python_line(frame);
        known->frame = *frame;
    }
    return known->line;
}

static void add(struct lw_merged *merged, uint64_t address, uint32_t line)
{
    if (merged->made.depth == ALL)
        return;
    merged->made.address[merged->made.depth] = address;
    merged->made.line[merged->made.depth++] = line;
}

/* The frames of one evaluation: how far they went. */
static uint32_t add_frames(struct lw_merged *merged, uint32_t from)
{
    const struct frames *frames = &merged->frames;
    for (bool is_last = false; from < frames->count && !is_last; from++) {
        const struct lw_python_frame *frame = &frames->frame[from];
        is_last = !frame->code || frame->instruction & LW_PYTHON_ENTRY;
        if (frames->is_told[from])
            add(merged, LW_ADDRESS_LINE, line_of(merged, frame));
    }
    return from;
}

static bool put_together(struct lw_merged *merged, const struct lw_walk *walk)
{
    const struct frames *frames = &merged->frames;
    uint32_t first = first_evaluation(walk, frames), next = 0;
    merged->made.depth = 0;
    if (first == walk->depth || !frames->told || !is_certain(walk, frames))
        return false;
    for (uint32_t i = 0; i < walk->depth; i++) {
        bool is_taken = i >= first && lw_python_evaluates(walk->address[i]) && next < frames->count;
        if (is_taken)
            next = add_frames(merged, next);
        else
            add(merged, walk->address[i], 0);
        if (is_taken && next == frames->count && frames->is_cut)
            return true; /* what called the outermost one that is told is further out than is told at all */
    }
    while (next < frames->count)
        next = add_frames(merged, next);
    return true;
}

static uint32_t intern_step(const struct step *step)
{
    if (step->address == LW_ADDRESS_LINE)
        return lw_stack_with(LW_ADDRESS_LINE, step->line, step->parent);
    return lw_stack_through(step->address, step->parent);
}

static uint32_t take_step(struct lw_merged *merged, uint64_t address, uint32_t line, uint32_t parent)
{
    struct step wanted = {.address = address, .line = line, .parent = parent, .generation = lw_generation};
    struct step *step = &merged->steps[lw_hash2(address ^ line, parent) % STEPS];
    if (!step->number || step->address != address || step->line != line || step->parent != parent ||
        step->generation != wanted.generation) {
        wanted.number = intern_step(&wanted);
        *step = wanted;
    }
    return step->number;
}

uint32_t lw_merged_step(struct lw_merged *merged, uint64_t address, uint32_t parent)
{
    /* Code that is in no module comes and goes. */
    return lw_module_of(address - 1) ? take_step(merged, address, 0, parent) : lw_stack_through(address, parent);
}

/* How many frames, from the outermost on, it has in common with the last one. */
static uint32_t in_common(const struct lw_merged *merged, uint32_t generation)
{
    uint32_t depth = merged->last.generation == generation ? merged->last.depth : 0, level = 0;
    for (uint32_t i = merged->made.depth; level < depth && i-- > 0; level++)
        if (merged->made.address[i] != merged->last.address[level] || merged->made.line[i] != merged->last.line[level])
            break;
    return level;
}

static uint32_t intern(struct lw_merged *merged)
{
    const uint32_t generation = lw_generation; /* before all else: another thread may raise it */
    uint32_t level = in_common(merged, generation), number = level ? merged->last.number[level - 1] : 0;
    merged->last.generation = generation;
    for (uint32_t i = merged->made.depth - level; i-- > 0; level++) {
        uint64_t address = merged->made.address[i];
        uint32_t line = merged->made.line[i];
        number = take_step(merged, address, line, number);
        if (number == LW_OTHER)
            break;
        merged->last.address[level] = address;
        merged->last.line[level] = line;
        merged->last.number[level] = number;
    }
    merged->last.depth = level;
    return number != LW_OTHER ? number : 0;
}

static struct lw_memo *keep(struct lw_merged *merged, uint32_t native, uint32_t stack)
{
    const struct frames *frames = &merged->frames;
    uint32_t size = (uint32_t)(sizeof(struct entry) + frames->count * sizeof frames->frame[0]);
    struct entry *entry = lw_ring_make(&merged->ring, (size / 8 + 1) & ~1u, bucket_of(native, &frames->frame[0]));
    if (!entry)
        return NULL;
    entry->native = native;
    entry->stack = stack;
    entry->era = lw_era;
    entry->generation = lw_generation;
    entry->anchor = frames->anchor;
    entry->count = frames->count;
    entry->is_cut = frames->is_cut;
    entry->memo = lw_memo_of(stack);
    memcpy(entry->frame, frames->frame, frames->count * sizeof frames->frame[0]);
    lw_ring_link(&merged->ring, entry);
    return &entry->memo;
}

uint32_t lw_merged_learn(struct lw_merged *merged, const struct lw_walk *walk, uint32_t native, struct lw_memo **memo)
{
    struct frames *frames = &merged->frames;
    read_frames(frames);
    if (!frames->count)
        return 0;
    uint32_t stack = put_together(merged, walk) ? intern(merged) : native;
    if (!stack)
        return 0;
    lw_python_say();
    if (lw_python_met && lw_python_met())
        lw_python_met = NULL;
    *memo = walk->learnable && native && !frames->is_odd ? keep(merged, native, stack) : NULL;
    return stack;
}
