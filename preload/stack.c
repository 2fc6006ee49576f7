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
 * The entries stand in a ring of fixed size per thread, the oldest are overwritten. Only the thread itself touches it;
 * a signal handler that interrupts a hook (thread->inside) reads nothing and learns nothing. */
#include "stack.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "frame.h"
#include "ledger.h"
#include "modules.h"
#include "process.h"
#include "system.h"
#include "unwinder.h"

#define BUCKETS 1024u
#define MEMORY (256u * 1024) /* as far as it is used: an entry of 13 frames takes a third of a KiB */

struct entry {
    uint64_t pc, sp, fp;
    uint32_t stack;
    uint32_t era, generation;
    uint16_t next; /* in its bucket: position + 1; 0 = last */
    uint16_t bucket;
    uint16_t slots;
    uint16_t units; /* length in 8-byte units; an entry of slots 0 and pc 0 is padding at the ring's end */
    uint32_t needs_fp;
    struct lw_memo memo;
    uint64_t value[]; /* then uint16_t offset[]: (location - sp) / 8 */
};

#define RING ((MEMORY - sizeof(struct lw_walk) - BUCKETS * sizeof(uint16_t) - 16) / 8)

struct lw_memory {
    struct lw_walk walk;
    uint32_t head, oldest; /* ring positions: where the next entry goes, which one goes first */
    uint32_t held;         /* entries in the ring */
    uint32_t turn;         /* for the self-check */
    uint16_t buckets[BUCKETS];
    uint64_t ring[RING];
};
_Static_assert(sizeof(struct lw_memory) <= MEMORY, "a thread's memory has outgrown its budget");
_Static_assert(RING < UINT16_MAX, "positions must fit uint16_t");

struct lw_memory *lw_memory_new(void)
{
    if (lw_strict)
        return NULL;
    long at = lw_syscall6(SYS_mmap, 0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return lw_is_error(at) ? NULL : (struct lw_memory *)at;
}

void lw_memory_wipe(struct lw_memory *memory)
{
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

static bool slots_equal(const struct entry *entry)
{
    const uint64_t *stack = (const uint64_t *)entry->sp;
    const uint16_t *offset = (const uint16_t *)(const void *)&entry->value[entry->slots];
    uint32_t slots = entry->slots;
#pragma GCC unroll 4
    for (uint32_t i = 0; i < slots; i++)
        if (stack[offset[i]] != entry->value[i])
            return false;
    return true;
}

static struct entry *recall(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp)
{
    for (uint32_t next = memory->buckets[bucket_of(pc, sp)]; next; next = entry_at(memory, next - 1)->next) {
        struct entry *entry = entry_at(memory, next - 1);
        if (entry->pc == pc && entry->sp == sp && (!entry->needs_fp || entry->fp == fp) && entry->era == lw_era &&
            entry->generation == lw_generation && slots_equal(entry))
            return entry;
    }
    return NULL;
}

/* ---- Learn ---- */

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

static struct entry *learn(struct lw_memory *memory, uint64_t pc, uint64_t sp, uint64_t fp, uint32_t stack)
{
    const struct lw_walk *walk = &memory->walk;
    for (uint32_t i = 0; i < walk->slots; i++)
        if (walk->slot[i].location < sp || (walk->slot[i].location - sp) / 8 > UINT16_MAX || walk->slot[i].location % 8)
            return NULL;
    uint32_t units = (uint32_t)(sizeof(struct entry) / 8 + walk->slots + (walk->slots + 3) / 4);
    struct entry *entry = make_room(memory, units);
    if (!entry)
        return NULL;
    memset(entry, 0, sizeof *entry);
    entry->pc = pc;
    entry->sp = sp;
    entry->fp = fp;
    entry->needs_fp = walk->frame_pointer;
    entry->stack = stack;
    entry->era = lw_era;
    entry->generation = lw_generation;
    entry->slots = (uint16_t)walk->slots;
    entry->units = (uint16_t)units;
    entry->bucket = (uint16_t)bucket_of(pc, sp);
    uint16_t *offset = (uint16_t *)(void *)&entry->value[walk->slots];
    for (uint32_t i = 0; i < walk->slots; i++) {
        entry->value[i] = walk->slot[i].value;
        offset[i] = (uint16_t)((walk->slot[i].location - sp) / 8);
    }
    entry->next = memory->buckets[entry->bucket];
    memory->buckets[entry->bucket] = (uint16_t)((uint64_t *)(void *)entry - memory->ring + 1);
    return entry;
}

/* ---- The ledger's trie ---- */

static bool same_frame(const void *element, const void *key)
{
    return memcmp(element, key, sizeof(struct lw_frame)) == 0;
}

static void fill_frame(void *element, const void *key)
{
    memcpy(element, key, sizeof(struct lw_frame));
}

static uint32_t intern_frame(uint64_t address, uint32_t parent)
{
    struct lw_frame frame = {address, parent, lw_module_of(address - 1)};
    if (frame.module == 0)
        frame.address = LW_ADDRESS_GENERATED;
    const struct lw_frame *above = lw_element(LW_STACKS, parent);
    if (frame.module == 0 && above && above->module == 0)
        return parent; /* generated code called by generated code is one frame */
    return lw_intern(LW_STACKS, lw_hash2(frame.address, (uint64_t)parent << 32 | frame.module), same_frame, fill_frame,
                     &frame);
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

uint32_t lw_stack_of_address(uint64_t address)
{
    return intern_stack(&address, 1);
}

uint32_t lw_stack_with(uint64_t special, uint32_t module, uint32_t parent)
{
    struct lw_frame frame = {special, parent, module};
    uint32_t number =
        lw_intern(LW_STACKS, lw_hash2(special, (uint64_t)parent << 32 | module), same_frame, fill_frame, &frame);
    return number == LW_OTHER ? parent : number;
}

/* ---- The question ---- */

/* Does this call interrupt a hook of the same thread that is working on its memory? Then it must leave it alone. A mark
 * that lies deeper than this call was left behind, by a longjmp say; unless this is an alternate signal stack. */
bool lw_interrupts(struct lw_thread *thread, const void *frame)
{
    if (!thread->inside)
        return false;
    if (lw_frame_lives(thread->inside, frame) || lw_on_signal_stack(NULL))
        return true;
    thread->inside = NULL;
    return false;
}

/* Re-unwinds a remembered stack now and then, if asked to, and counts differences. */
static void check(struct lw_thread *thread, const struct entry *entry, uint64_t fp)
{
    struct lw_memory *memory = thread->memory;
    uint64_t before;
    if (++memory->turn < lw_check)
        return;
    memory->turn = 0;
    lw_block_signals(&before);
    bool walked = lw_walk(&memory->walk, lw_options.depth, entry->pc, entry->sp, fp);
    lw_restore_signals(&before);
    if (!walked)
        return;
    lw_tally(&thread->lane->checks);
    if (intern_stack(memory->walk.address, memory->walk.depth) != entry->stack)
        lw_tally(&thread->lane->differences);
}

static void bare(struct lw_thread *thread, uint64_t pc, struct lw_trace *trace)
{
    lw_tally(&thread->lane->stacks_bare);
    trace->stack = intern_stack(&pc, 1);
    trace->memo = NULL;
}

/* libunwind comes with the first stack that is new, where it can be loaded; once. */
static void load_unwinder(const void *frame)
{
    if (__atomic_load_n(&lw_unwinder, __ATOMIC_ACQUIRE) != LW_UNWINDER_UNTRIED || !lw_quiet(frame))
        return;
    lw_thread.busy = 1;
    if (lw_options.unwind)
        lw_unwinder_load();
    lw_thread.busy = 0;
}

static void unwind(struct lw_thread *thread, uint64_t pc, uint64_t sp, uint64_t fp, struct lw_trace *trace)
{
    struct lw_walk *walk = &thread->memory->walk;
    if (!lw_walk(walk, lw_options.depth, pc, sp, fp)) {
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
    if (!thread->memory || lw_interrupts(thread, frame)) {
        bare(thread, pc, trace);
        return;
    }
    thread->inside = frame;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    struct entry *entry = recall(thread->memory, pc, sp, fp);
    if (entry) {
        lw_tally(&thread->lane->stacks_remembered);
        trace->stack = entry->stack;
        trace->memo = &entry->memo;
        if (lw_check && !lw_strict)
            check(thread, entry, fp);
        return;
    }
    if (lw_strict || !lw_stack_has_room(frame))
        bare(thread, pc, trace);
    else {
        uint64_t before;
        lw_block_signals(&before); /* a longjmp out of a handler would leave the memory half-written */
        load_unwinder(frame);
        unwind(thread, pc, sp, fp, trace);
        lw_restore_signals(&before);
    }
}
