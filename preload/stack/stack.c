/* "Which stack is this?", for the price of a few loads.
 *
 * DESIGN. Unwinding is a pure function of the program counter, the stack pointer, the frame pointer where a frame uses
 * one, and the stack slots that it reads. So for a key (return address, stack pointer) the slots read, their values and
 * the outcome are remembered, and when the key comes again the slots are compared. Equal means: the same stack.
 *
 * Which slots: every return address, and every saved frame pointer by which a frame was unwound when it was learnt
 * (others are data, and comparing data would never hit). They are compared from the innermost outwards and the first
 * difference ends it: each slot that is equal proves that the next one exists, so nothing beyond the end of a stack is
 * ever read.
 *
 * The entries stand in a ring of fixed size per thread, the oldest are overwritten. Only the thread itself touches it, but
 * it may do so from several contexts: a signal handler that interrupts a hook may call hooks, and may swap contexts and
 * return to the first hook much later. So it is written to with all signals blocked; who reads it looks at the ring's
 * serial behind each load and before what was loaded is used, and begins again where it has moved. Memos, which outlive
 * the reading, are of a kind that can be written whenever (memos.h). */
#include "stack.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "aside.h"
#include "ledger/ledger.h"
#include "memos.h"
#include "modules.h"
#include "process/process.h"
#include "system/system.h"
#include "unwinder.h"

#define BUCKETS 1024u
#define MEMORY (256u * 1024) /* as far as it is used: an entry of 13 frames takes a third of a KiB */

/* No word of an entry has its highest bit set but the keys of its memo: see memos.h. */
struct entry {
    uint64_t pc, sp, fp; /* fp: 0 where it does not matter */
    uint32_t era, generation;
    uint32_t stack;
    uint16_t next; /* in its bucket: position + 1; 0 = last */
    uint16_t bucket;
    uint16_t slots; /* a multiple of IN_WORD: the last one is repeated */
    uint16_t units; /* length in 8-byte units; an entry of slots 0 and pc 0 is padding at the ring's end */
    uint32_t needs_fp;
    struct lw_memo memo;
    uint64_t value[]; /* then uint16_t offset[]: (location - sp) / 8 */
};
#define IN_WORD 4u
#define OFFSET_LIMIT INT16_MAX

#define RING ((MEMORY - sizeof(struct lw_walk) - BUCKETS * sizeof(uint16_t) - 32) / 16 * 2)

struct lw_memory {
    struct lw_walk walk;
    uint32_t head, oldest; /* ring positions: where the next entry goes, which one goes first */
    uint32_t held;         /* entries in the ring */
    uint32_t turn;         /* for the self-check */
    uint32_t serial;       /* raised whenever anything in the ring is overwritten */
    uint16_t buckets[BUCKETS];
    _Alignas(16) uint64_t ring[RING];
};
_Static_assert(sizeof(struct lw_memory) <= MEMORY, "a thread's memory has outgrown its budget");
_Static_assert(RING < UINT16_MAX, "positions must fit uint16_t");

struct lw_memory *lw_memory_new(void)
{
    if (lw_strict && !lw_careful)
        return NULL;
    long at = lw_syscall6(SYS_mmap, 0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return lw_is_error(at) ? NULL : (struct lw_memory *)at;
}

void lw_memory_wipe(struct lw_memory *memory)
{
    memory->serial++;
    memory->head = memory->oldest = memory->held = 0;
    memset(memory->buckets, 0, sizeof memory->buckets);
}

static struct entry *entry_at(struct lw_memory *memory, uint32_t position)
{
    return (struct entry *)(void *)&memory->ring[position];
}

static uint32_t bucket_of(uint64_t pc, uint64_t sp)
{
    return (uint32_t)(lw_hash2(pc, sp) & (BUCKETS - 1));
}

/* ---- Recall ---- */

/* What has been loaded until now was what the serial says. The compiler must not load it again. */
static inline bool unmoved(const struct lw_memory *memory, uint32_t serial)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return __builtin_expect(memory->serial == serial, 1);
}

/* Each offset is known to be one before it is followed: what is compared then need not be known to be a value yet. */
static inline bool slots_equal(const struct lw_memory *memory, uint32_t serial, const struct entry *entry,
                               const uint64_t *stack, size_t slots)
{
    const uint16_t *offset = (const uint16_t *)(const void *)&entry->value[slots];
    for (size_t i = 0; i < slots; i += IN_WORD) {
        size_t first = offset[i], second = offset[i + 1], third = offset[i + 2], fourth = offset[i + 3];
        const uint64_t *value = &entry->value[i];
        if (!unmoved(memory, serial) || stack[first] != value[0] || stack[second] != value[1] ||
            stack[third] != value[2] || stack[fourth] != value[3])
            return false;
    }
    return true;
}

/* One reading of a bucket. It is void if the ring has moved by its end. */
static inline struct entry *look(struct lw_memory *memory, uint32_t serial, uint64_t pc, uint64_t sp, uint64_t fp)
{
    uint32_t next = memory->buckets[bucket_of(pc, sp)], slots;
    for (struct entry *entry; next && unmoved(memory, serial); next = entry->next) {
        entry = entry_at(memory, next - 1);
        slots = entry->slots;
        if (entry->pc == pc && entry->sp == sp && (!entry->needs_fp || entry->fp == fp) && entry->era == lw_era &&
            entry->generation == lw_generation && unmoved(memory, serial) &&
            slots_equal(memory, serial, entry, (const uint64_t *)sp, slots))
            return entry;
    }
    return NULL;
}

static inline struct entry *recall(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp, uint32_t *stack)
{
    for (;;) {
        uint32_t serial = __atomic_load_n(&memory->serial, __ATOMIC_RELAXED);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        struct entry *entry = look(memory, serial, pc, sp, fp);
        *stack = entry ? entry->stack : 0;
        if (unmoved(memory, serial))
            return entry;
    }
}

/* ---- Learn: all signals are blocked ---- */

static void forget_oldest(struct lw_memory *memory)
{
    struct entry *entry = entry_at(memory, memory->oldest);
    if (entry->pc) {
        uint16_t *link = &memory->buckets[entry->bucket];
        while (*link != memory->oldest + 1)
            link = &entry_at(memory, *link - 1u)->next;
        *link = entry->next;
    }
    memory->oldest += entry->units;
    if (memory->oldest == RING)
        memory->oldest = 0;
    memory->held--;
}

static bool fits(const struct lw_memory *memory, uint32_t units)
{
    if (memory->held == 0)
        return true;
    if (memory->head >= memory->oldest && memory->held > 0 && memory->head != memory->oldest)
        return memory->head + units <= RING;
    return memory->head + units <= memory->oldest;
}

/* The ring's end is too short for this entry: it becomes padding, which is forgotten in its turn. */
static void pad_to_end(struct lw_memory *memory)
{
    while (memory->held > 0 && memory->oldest >= memory->head)
        forget_oldest(memory);
    if (memory->head < RING && memory->held > 0) {
        struct entry *padding = entry_at(memory, memory->head);
        memset(padding, 0, sizeof *padding);
        padding->units = (uint16_t)(RING - memory->head);
        memory->held++;
    }
    memory->head = 0;
    if (memory->held == 0)
        memory->oldest = 0;
}

static struct entry *make_room(struct lw_memory *memory, uint32_t units)
{
    if (units > RING / 4)
        return NULL;
    /* Whatever is left at the end must be able to hold a header, as padding. */
    if (memory->head + units + sizeof(struct entry) / 8 > RING)
        pad_to_end(memory);
    while (!fits(memory, units))
        forget_oldest(memory);
    if (memory->held == 0)
        memory->oldest = memory->head;
    struct entry *entry = entry_at(memory, memory->head);
    memory->head += units;
    memory->held++;
    return entry;
}

static bool is_learnable(const struct lw_walk *walk, uint64_t sp, uint64_t fp)
{
    for (uint32_t i = 0; i < walk->slots; i++) {
        uint64_t offset = walk->slot[i].location - sp;
        if (walk->slot[i].location < sp || offset / 8 > OFFSET_LIMIT || offset % 8 || walk->slot[i].value & LW_MEMO_KEY)
            return false;
    }
    return !walk->frame_pointer || !(fp & LW_MEMO_KEY);
}

static void fill_slots(struct entry *entry, const struct lw_walk *walk, uint64_t sp)
{
    uint16_t *offset = (uint16_t *)(void *)&entry->value[entry->slots];
    for (uint32_t i = 0; i < entry->slots; i++) {
        uint32_t from = i < walk->slots ? i : walk->slots - 1;
        entry->value[i] = walk->slot[from].value;
        offset[i] = (uint16_t)((walk->slot[from].location - sp) / 8);
    }
}

static struct entry *learn(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp, uint32_t stack)
{
    const struct lw_walk *walk = &memory->walk;
    if (!stack || !is_learnable(walk, sp, fp))
        return NULL;
    uint32_t slots = (walk->slots + IN_WORD - 1) / IN_WORD * IN_WORD;
    uint32_t units = ((uint32_t)sizeof(struct entry) / 8 + slots + slots / IN_WORD + 1) & ~1u;
    memory->serial++;
    struct entry *entry = make_room(memory, units);
    if (!entry)
        return NULL;
    memset(entry, 0, sizeof *entry);
    entry->pc = pc;
    entry->sp = sp;
    entry->fp = walk->frame_pointer ? fp : 0;
    entry->needs_fp = walk->frame_pointer;
    entry->memo = lw_memo_of(stack);
    entry->stack = stack;
    entry->era = lw_era;
    entry->generation = lw_generation;
    entry->slots = (uint16_t)slots;
    entry->units = (uint16_t)units;
    entry->bucket = (uint16_t)bucket_of(pc, sp);
    fill_slots(entry, walk, sp);
    entry->next = memory->buckets[entry->bucket];
    memory->buckets[entry->bucket] = (uint16_t)((uint64_t *)(void *)entry - memory->ring + 1);
    return entry;
}

/* ---- The ledger's trie ---- */

static uint32_t intern_frame(uint64_t address, uint32_t parent)
{
    struct lw_frame frame = {address, parent, lw_module_of(address - 1)};
    if (frame.module == 0)
        frame.address = LW_ADDRESS_GENERATED;
    const struct lw_frame *above = lw_element(LW_STACKS, parent);
    if (frame.module == 0 && above && above->module == 0)
        return parent; /* generated code called by generated code is one frame */
    return lw_intern(LW_STACKS, lw_hash2(frame.address, (uint64_t)parent << 32 | frame.module), &frame);
}

static uint32_t intern_stack(const uint64_t *address, uint32_t depth)
{
    uint32_t number = 0;
    for (uint32_t i = depth; i-- > 0;) {
        number = intern_frame(address[i], number);
        if (number == LW_OTHER)
            return 0;
    }
    return number;
}

uint32_t lw_stack_of_addresses(const uint64_t *address, uint32_t depth)
{
    return intern_stack(address, depth);
}

uint32_t lw_stack_of_address(uint64_t address)
{
    return intern_stack(&address, 1);
}

uint32_t lw_stack_with(uint64_t special, uint32_t module, uint32_t parent)
{
    struct lw_frame frame = {special, parent, module};
    uint32_t number = lw_intern(LW_STACKS, lw_hash2(special, (uint64_t)parent << 32 | module), &frame);
    return number == LW_OTHER ? parent : number;
}

/* ---- The question ---- */

/* What is to be done aside. */
struct question {
    struct lw_thread *thread;
    const void *frame;
    struct lw_trace *trace;
};

static void walk_again(void *context)
{
    struct question *question = context;
    struct lw_walk *walk = &question->thread->memory->walk;
    const void *frame = question->frame;
    if (!lw_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame)))
        return;
    lw_tally(&question->thread->lane->checks);
    if (intern_stack(walk->address, walk->depth) != question->trace->stack)
        lw_tally(&question->thread->lane->differences);
}

/* Re-unwinds a remembered stack now and then, if asked to, and counts differences. */
static void check(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    if (++thread->memory->turn < lw_check)
        return;
    thread->memory->turn = 0;
    lw_aside(walk_again, &(struct question){thread, frame, trace});
}

static void bare(struct lw_thread *thread, uint64_t pc, struct lw_trace *trace)
{
    lw_tally(&thread->lane->stacks_bare);
    trace->stack = intern_stack(&pc, 1);
    trace->memo = NULL;
}

/* libunwind comes with the first stack that is new. */
static void load_unwinder(void)
{
    if (lw_options.unwind && __atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) == LW_UNWINDER_UNTRIED)
        lw_unwinder_load();
}

bool lw_stack_walk(struct lw_walk *walk, const void *frame)
{
    load_unwinder();
    return lw_walk(walk, lw_options.depth, LW_CALLER_PC(frame), LW_CALLER_SP(frame), LW_CALLER_FP(frame));
}

/* A stack that is not remembered. */
static void unwind(void *context)
{
    struct question *question = context;
    struct lw_thread *thread = question->thread;
    const void *frame = question->frame;
    struct lw_trace *trace = question->trace;
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame), fp = LW_CALLER_FP(frame);
    struct lw_walk *walk = &thread->memory->walk;
    if (!lw_stack_walk(walk, frame)) {
        bare(thread, pc, trace);
        return;
    }
    trace->stack = intern_stack(walk->address, walk->depth);
    struct entry *entry = walk->learnable ? learn(thread->memory, pc, sp, fp, trace->stack) : NULL;
    lw_tally(entry ? &thread->lane->stacks_full : &thread->lane->stacks_unlearnt);
    trace->memo = entry ? &entry->memo : NULL;
}

LW_HOT_CODE void lw_stack_here(struct lw_thread *thread, const void *frame, struct lw_trace *trace)
{
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame), fp = LW_CALLER_FP(frame);
    if (!thread->memory) {
        bare(thread, pc, trace);
        return;
    }
    struct entry *entry = recall(thread->memory, pc, sp, fp, &trace->stack);
    if (entry) {
        lw_tally(&thread->lane->stacks_remembered);
        trace->memo = &entry->memo;
        if (lw_check && !lw_strict)
            check(thread, frame, trace);
        return;
    }
    if (lw_strict || lw_aside_nests(thread, frame) || !lw_aside(unwind, &(struct question){thread, frame, trace}))
        bare(thread, pc, trace);
}
