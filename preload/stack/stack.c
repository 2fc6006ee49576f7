/* "Which stack is this?", for the price of a few loads.
 *
 * DESIGN. Unwinding is a pure function of the program counter, the stack pointer, the frame pointer where a frame uses
 * one, and the stack slots that it reads. So for a key (return address, stack pointer) the slots read, their values and
 * the outcome are remembered, and when the key comes again the slots are compared. Equal means: the same stack.
 *
 * Which slots: every return address, and every saved frame pointer by which a frame was unwound when it was learnt
 * (others are data, and comparing data would never hit). They are compared from the innermost outwards and the first
 * difference ends it: each slot that is equal proves that the next one exists, so nothing beyond the end of a stack is
 * ever read. A few are compared at a time, which lie in one page: if the first of them can be read, so can the others.
 *
 * The entries stand in a ring of fixed size per thread, the oldest are overwritten: see ring.h for how it is read and
 * written. Memos, which outlive the reading, are of a kind that can be written whenever (memos.h).
 *
 * Where an interpreter is at work, equal code may be at other lines of its program: what is remembered then is asked a
 * second time, see merged.c. */
#include "stack.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "aside.h"
#include "ledger/ledger.h"
#include "memos.h"
#include "merged.h"
#include "process/process.h"
#include "ring.h"
#include "slots.h"
#include "system/system.h"
#include "unwinder.h"

/* No word of an entry has its highest bit set but the keys of its memo: see memos.h. */
struct entry {
    struct lw_ring_entry ring;
    uint64_t pc, sp, fp; /* fp: 0 where it does not matter */
    uint32_t era, generation;
    uint32_t stack;
    uint16_t slots;   /* a multiple of LW_FEW */
    uint8_t needs_fp; /* 0 or 1 */
    uint8_t lines;    /* 1: an interpreter is at work in it: see merged.c */
    struct lw_memo memo;
    uint64_t value[]; /* then uint16_t offset[]: (location - sp) / 8 */
};
#define OFFSET_LIMIT INT16_MAX
#define OFFSETS_IN_WORD 4u

struct lw_memory {
    struct lw_walk walk;
    struct lw_merged *merged; /* stacks with lines of an interpreter; NULL: there were none yet */
    uint32_t turn;            /* for the self-check */
    _Alignas(16) struct lw_ring ring;
};
#define RING ((LW_MEMORY - sizeof(struct lw_memory)) / 16 * 2)
_Static_assert(RING <= LW_RING_LIMIT, "positions must fit uint16_t");

struct lw_memory *lw_memory_new(void)
{
    struct lw_memory *memory = lw_pages_left(LW_MEMORY);
    if (!memory && (memory = lw_pages(LW_MEMORY)))
        lw_populate(memory, LW_MEMORY_USED);
    if (memory)
        memory->ring.words = RING;
    return memory;
}

void lw_memory_wipe(struct lw_memory *memory)
{
    lw_ring_wipe(&memory->ring);
    if (memory->merged)
        lw_merged_wipe(memory->merged);
}

/* Both are multiples of something; the upper bits of the product depend on all of theirs. */
static inline uint32_t bucket_of(uint64_t pc, uint64_t sp)
{
    return lw_ring_bucket(((pc << 24 ^ sp) * 0x9e3779b97f4a7c15) >> 40);
}

/* ---- Recall ---- */

/* Is it this stack's? Void if the ring has moved. */
static inline __attribute__((always_inline)) bool is_of(const struct lw_ring *ring, uint32_t serial,
                                                        const struct entry *entry, uint64_t pc, uint64_t sp,
                                                        uint64_t fp)
{
    uint32_t slots = entry->slots;
    return entry->pc == pc && entry->sp == sp && (!entry->needs_fp || entry->fp == fp) && entry->era == lw_era &&
           entry->generation == lw_generation && lw_ring_unmoved(ring, serial) &&
           lw_slots_equal(ring, serial, entry->value, (const uint64_t *)sp, slots);
}

/* One reading of a bucket. It is void if the ring has moved by its end. */
static struct entry *look(struct lw_ring *ring, uint32_t serial, uint64_t pc, uint64_t sp, uint64_t fp)
{
    uint32_t next = ring->buckets[bucket_of(pc, sp)];
    for (struct entry *entry; next && lw_ring_unmoved(ring, serial); next = entry->ring.next) {
        entry = lw_ring_at(ring, next);
        if (is_of(ring, serial, entry, pc, sp, fp))
            return entry;
    }
    return NULL;
}

static __attribute__((noinline)) struct entry *recall(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp,
                                                      uint32_t *stack, bool *lines)
{
    for (;;) {
        uint32_t serial = lw_ring_serial(&memory->ring);
        struct entry *entry = look(&memory->ring, serial, pc, sp, fp);
        *stack = entry ? entry->stack : 0;
        *lines = entry && entry->lines;
        if (lw_ring_unmoved(&memory->ring, serial))
            return entry;
    }
}

/* The first of its bucket, and without lines, as nearly all are. NULL: it is another one. */
static inline __attribute__((always_inline)) struct entry *recall_first(struct lw_ring *ring, const void *frame,
                                                                        uint32_t *stack)
{
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame);
    uint32_t serial = lw_ring_serial(ring), next = ring->buckets[bucket_of(pc, sp)];
    if (!next) /* else it is some entry's place, whether the ring has moved or not */
        return NULL;
    struct entry *entry = lw_ring_at(ring, next);
    if (entry->lines || !is_of(ring, serial, entry, pc, sp, LW_CALLER_FP(frame)))
        return NULL;
    *stack = entry->stack;
    return lw_ring_unmoved(ring, serial) ? entry : NULL;
}

/* ---- Learn: all signals are blocked ---- */

static bool is_learnable(const struct lw_walk *walk, uint64_t sp, uint64_t fp)
{
    for (uint32_t i = 0; i < walk->slots; i++) {
        uint64_t offset = walk->slot[i].location - sp;
        if (walk->slot[i].location < sp || offset / 8 > OFFSET_LIMIT || offset % 8 || walk->slot[i].value & LW_MEMO_KEY)
            return false;
    }
    return !walk->frame_pointer || !(fp & LW_MEMO_KEY);
}

/* How many of the slots from this one on can be compared at a time. */
static uint32_t in_one_page(const struct lw_walk *walk, uint32_t first)
{
    uint32_t many = 1;
    while (many < LW_MANY && first + many < walk->slots &&
           walk->slot[first + many].location / LW_PAGE == walk->slot[first].location / LW_PAGE)
        many++;
    return many;
}

/* Lays them out, in `entry` unless that is NULL; how many that makes. */
static uint32_t lay_out(const struct lw_walk *walk, struct entry *entry, uint64_t sp)
{
    uint16_t *offset = entry ? (uint16_t *)(void *)&entry->value[entry->slots] : NULL;
    uint32_t at = 0;
    for (uint32_t first = 0, many; first < walk->slots; first += many) {
        many = in_one_page(walk, first);
        uint32_t room = many <= LW_FEW && first + many == walk->slots ? LW_FEW : LW_MANY;
        for (uint32_t i = 0; i < room && entry; i++) {
            uint32_t from = first + (i < many ? i : many - 1);
            entry->value[at + i] = walk->slot[from].value;
            offset[at + i] = (uint16_t)((walk->slot[from].location - sp) / 8);
        }
        at += room;
    }
    return at;
}

static struct entry *learn(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp, uint32_t stack)
{
    const struct lw_walk *walk = &memory->walk;
    if (!stack || !walk->learnable || !is_learnable(walk, sp, fp))
        return NULL;
    uint32_t slots = lay_out(walk, NULL, sp);
    uint32_t units = ((uint32_t)sizeof(struct entry) / 8 + slots + slots / OFFSETS_IN_WORD + 1) & ~1u;
    if (slots > UINT16_MAX)
        return NULL;
    struct entry *entry = lw_ring_make(&memory->ring, units, bucket_of(pc, sp));
    if (!entry)
        return NULL;
    entry->pc = pc;
    entry->sp = sp;
    entry->fp = walk->frame_pointer ? fp : 0;
    entry->needs_fp = walk->frame_pointer;
    entry->lines = lw_merged_has_lines(walk);
    entry->memo = lw_memo_of(stack);
    entry->stack = stack;
    entry->era = lw_era;
    entry->generation = lw_generation;
    entry->slots = (uint16_t)slots;
    lay_out(walk, entry, sp);
    lw_ring_link(&memory->ring, entry);
    return entry;
}

/* ---- A walk that need not be made again ---- */

static bool is_repeated(const uint16_t *offset, uint32_t at)
{
    return at > 0 && offset[at] == offset[at - 1];
}

/* What is remembered of a stack says its addresses, and where they stand on it. */
static void walk_of_entry(struct lw_walk *walk, const struct entry *entry)
{
    const uint16_t *offset = (const uint16_t *)(const void *)&entry->value[entry->slots];
    const struct lw_frame *frame;
    uint32_t slot = 0;
    walk->depth = 0;
    for (uint32_t stack = entry->stack; walk->depth < LW_DEPTH && (frame = lw_element(LW_STACKS, stack));
         stack = frame->parent) {
        uint32_t depth = walk->depth++, at = slot;
        walk->address[depth] = frame->address;
        walk->sp[depth] = depth ? 0 : entry->sp;
        while (depth && at < entry->slots &&
               (lw_bare_address(entry->value[at]) != frame->address || is_repeated(offset, at)))
            at++;
        if (depth && at < entry->slots) {
            walk->sp[depth] = entry->sp + 8 * (uint64_t)offset[at] + 8;
            slot = at + 1;
        }
    }
}

/* ---- The question ---- */

/* What is to be done aside. */
struct question {
    struct lw_thread *thread;
    const void *frame;
    struct lw_trace *trace;
};

static struct lw_merged *merged_of(struct lw_memory *memory)
{
    if (!memory->merged)
        memory->merged = lw_merged_new();
    return memory->merged;
}

/* With the lines of an interpreter in the place of its code, where there are any. */
static uint32_t merged_stack(struct lw_memory *memory, uint32_t native, struct lw_memo **memo)
{
    struct lw_merged *merged = lw_merged_has_lines(&memory->walk) ? merged_of(memory) : NULL;
    uint32_t stack = merged ? lw_merged_learn(merged, &memory->walk, native, memo) : 0;
    return stack ? stack : native;
}

static void walk_again(void *context)
{
    struct question *question = context;
    struct lw_memory *memory = question->thread->memory;
    struct lw_memo *memo = NULL;
    if (!lw_stack_walk_by_libunwind(&memory->walk, question->frame))
        return;
    uint32_t native = lw_stack_interned(memory->walk.address, memory->walk.depth, memory->merged);
    memory->walk.learnable = false;
    lw_tally(&question->thread->lane->checks);
    if (merged_stack(memory, native, &memo) != question->trace->stack)
        lw_tally(&question->thread->lane->differences);
}

/* Re-unwinds a remembered stack now and then, and counts differences. */
static __attribute__((noinline)) void check(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    if (++thread->memory->turn < lw_check)
        return;
    thread->memory->turn = 0;
    lw_aside(walk_again, &(struct question){thread, frame, trace});
}

static inline void remembered(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    lw_tally(&thread->lane->stacks_remembered);
    if (__builtin_expect(lw_check && !lw_strict, 0))
        check(thread, frame, trace);
}

static void bare(struct lw_thread *thread, uint64_t pc, struct lw_trace *trace)
{
    lw_tally(&thread->lane->stacks_bare);
    trace->stack = lw_stack_interned(&pc, 1, NULL);
    trace->memo = NULL;
}

/* A stack that is not remembered. */
static void unwind(void *context)
{
    struct question *question = context;
    struct lw_thread *thread = question->thread;
    struct lw_memory *memory = thread->memory;
    const void *frame = question->frame;
    struct lw_trace *trace = question->trace;
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame), fp = LW_CALLER_FP(frame);
    if (!lw_stack_walk(&memory->walk, frame)) {
        bare(thread, pc, trace);
        return;
    }
    uint32_t native = lw_stack_interned(memory->walk.address, memory->walk.depth, memory->merged);
    struct entry *entry = learn(memory, pc, sp, fp, native);
    lw_tally(entry ? &thread->lane->stacks_full : &thread->lane->stacks_unlearnt);
    trace->memo = entry ? &entry->memo : NULL;
    memory->walk.learnable = entry != NULL;
    trace->stack = merged_stack(memory, native, &trace->memo);
    if (__builtin_expect(lw_check, 0) && memory->walk.plain)
        walk_again(question);
}

/* A stack of which the code is remembered, but not with these lines: it may have been forgotten until now. */
static void merge(void *context)
{
    struct question *question = context;
    const void *frame = question->frame;
    struct lw_memory *memory = question->thread->memory;
    bool lines;
    struct entry *entry =
        recall(memory, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame), &question->trace->stack, &lines);
    if (!entry) {
        unwind(question);
        return;
    }
    lw_tally(&question->thread->lane->stacks_full);
    walk_of_entry(&memory->walk, entry);
    memory->walk.learnable = true;
    question->trace->memo = &entry->memo;
    question->trace->stack = merged_stack(memory, entry->stack, &question->trace->memo);
}

static bool is_merged(struct lw_thread *thread, struct lw_trace *trace)
{
    struct lw_merged *merged = thread->memory->merged;
    return merged && lw_merged_recall(merged, trace);
}

bool lw_stack_is_known(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    bool lines;
    struct entry *entry = thread->memory ? recall(thread->memory, LW_CALLER_PC(frame), LW_CALLER_SP(frame),
                                                  LW_CALLER_FP(frame), &trace->stack, &lines)
                                         : NULL;
    trace->memo = entry ? &entry->memo : NULL;
    return entry && (!lines || is_merged(thread, trace));
}

/* A stack that is not remembered; with a memo: its code is. */
static __attribute__((noinline)) void ask_aside(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    bool is_known = trace->memo != NULL;
    if (!lw_strict && !lw_aside_nests(thread, frame) &&
        lw_aside(is_known ? merge : unwind, &(struct question){thread, frame, trace}))
        return;
    if (!is_known) /* else its code is all that can be told */
        bare(thread, LW_CALLER_PC(frame), trace);
}

static __attribute__((noinline)) void ask(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame), fp = LW_CALLER_FP(frame);
    bool lines;
    if (!thread->memory) {
        bare(thread, pc, trace);
        return;
    }
    struct entry *entry = recall(thread->memory, pc, sp, fp, &trace->stack, &lines);
    trace->memo = entry ? &entry->memo : NULL;
    if (!__builtin_expect(entry && (!lines || is_merged(thread, trace)), 1)) {
        ask_aside(thread, frame, trace);
        return;
    }
    remembered(thread, frame, trace);
}

LW_HOT_CODE struct lw_trace lw_stack_recalled(const struct lw_thread *thread, const void *frame)
{
    struct lw_trace trace;
    struct entry *entry = recall_first(&thread->memory->ring, frame, &trace.stack);
    trace.memo = entry ? &entry->memo : NULL;
    return trace;
}

void lw_stack_here(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    struct lw_memory *memory = thread->memory;
    struct entry *entry =
        __builtin_expect(memory != NULL, 1) ? recall_first(&memory->ring, frame, &trace->stack) : NULL;
    if (!__builtin_expect(entry != NULL, 1)) {
        ask(thread, frame, trace);
        return;
    }
    trace->memo = &entry->memo;
    remembered(thread, frame, trace);
}
