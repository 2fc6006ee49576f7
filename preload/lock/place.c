/* Places are learnt, and counted. */
#include "place.h"

#include <errno.h>
#include <string.h>

#include "board.h"
#include "ledger/ledger.h"
#include "python/python.h"
#include "usual.h"

#define WALKS 256u

static struct lw_place no_place; /* where there is no room: its site is 0 */

/* ---- Counters ---- */

static void settle(struct lw_place *place)
{
    struct lw_locking *locking = place->count ? lw_element(LW_LOCKINGS, place->locking) : NULL;
    if (locking)
        __atomic_fetch_add(&locking->taken, place->count, __ATOMIC_RELAXED);
    place->count = 0;
}

void lw_places_forget(struct lw_board *board)
{
    struct lw_place *places = lw_at(&lw_map, board->places, LW_BOARD_PLACES * sizeof *places);
    for (uint32_t i = 0; places && i < LW_BOARD_PLACES; i++) {
        settle(&places[i]);
        memset(&places[i], 0, sizeof places[i]);
    }
}

/* ---- A new place ---- */

/* What is to be done aside. */
struct question {
    struct lw_board *board;
    const void *frame;
    uint32_t hook, kind;
    bool walks, is_own; /* own: an interpreter's */
    struct lw_place *known;
    uint32_t stack; /* that of the known place now; 0: no place is known */
    struct lw_place *place;
};

/* A place where an interpreter is at work: no hook has this number, so that only who also looks at the lines knows it. */
#define WITH_LINES 0x8000u
_Static_assert(LW_HOOK_COUNT < WITH_LINES, "a hook's number must leave room for it");

static uint32_t site_of(uint32_t stack, uint32_t call, uint32_t kind)
{
    struct lw_site key = {stack, 0, call, kind, lw_now()};
    return lw_intern(LW_SITES, lw_hash2((uint64_t)key.stack << 32 | key.call, 0), &key);
}

static uint32_t locking_of(uint32_t site)
{
    struct lw_locking key = {.site = site};
    uint32_t locking = lw_intern(LW_LOCKINGS, lw_hash2(site, LW_LOCKINGS), &key);
    return locking == LW_OTHER ? 0 : locking;
}

static bool keep_word(struct lw_place *place, uint32_t number, uint64_t sp, uint64_t location, uint64_t value)
{
    int64_t offset = (int64_t)(location - sp) / 8;
    if (location % 8 || offset < INT16_MIN || offset > INT16_MAX)
        return false;
    place->offset[number] = (int16_t)offset;
    place->value[number] = value;
    return true;
}

uint32_t lw_lock_site(uint32_t stack, uint32_t call, uint32_t kind)
{
    uint32_t site = site_of(stack, call, kind);
    struct lw_locking *locking = site == LW_OTHER ? NULL : lw_element(LW_LOCKINGS, locking_of(site));
    if (locking)
        __atomic_fetch_add(&locking->taken, 1, __ATOMIC_RELAXED);
    return site == LW_OTHER ? 0 : site;
}

uint32_t lw_place_site(const uint64_t *address, uint32_t depth, uint32_t hook, uint32_t kind)
{
    return lw_lock_site(lw_stack_interned(address, depth, NULL), lw_call_name(hook), kind);
}

/* The return addresses of the next frames out. Where a stack has fewer that can be told, the one before stands again; the
 * first before all is that of the hook itself, which is right as it is. */
static void keep_words(struct lw_place *place, const struct lw_walk *walk, const void *frame, uint64_t sp)
{
    const uint64_t own = LW_RETURN_SLOT(frame);
    uint64_t location = own, value = *(const uint64_t *)own;
    uint32_t depth = 1, slot = 0;
    for (uint32_t i = 0; i < LW_PLACE_WORDS; i++) {
        while (depth < walk->depth && slot < walk->slots &&
               lw_bare_address(walk->slot[slot].value) != walk->address[depth])
            slot++;
        if (depth < walk->depth && slot < walk->slots) {
            location = walk->slot[slot].location;
            value = walk->slot[slot++].value;
            depth++;
        }
        if (!keep_word(place, i, sp, location, value))
            keep_word(place, i, sp, own, *(const uint64_t *)own);
    }
}

static bool may_walk(struct lw_thread *thread, const struct lw_board *board, const void *frame)
{
    if (lw_strict || lw_aside_nests(thread, frame))
        return false;
    if (lw_options.locks == LW_LOCKS_FULL)
        return true;
    if (thread->walks >= WALKS + board->serial / LW_LOCKING_SAMPLE)
        return false;
    thread->walks++;
    return true;
}

/* Unless a function is not known yet; or is not any more what was to be known of this turn. */
static void open_usual_way(uint32_t turn)
{
    for (uint32_t hook = LW_USUAL_FIRST; hook <= LW_USUAL_LAST; hook++) {
        void *real = __atomic_load_n(&lw_real_table[hook], __ATOMIC_RELAXED);
        if (!real)
            return;
        __atomic_store_n(&lw_wiped.real[hook - LW_USUAL_FIRST], real, __ATOMIC_RELAXED);
    }
    lw_wiped.thread = (int64_t)&lw_thread - lw_thread_pointer();
    __atomic_store_n(&lw_wiped.turn, turn, __ATOMIC_SEQ_CST);
    if (turn != lw_turn() || !lw_locking || lw_clock_stood)
        __atomic_store_n(&lw_wiped.turn, 0, __ATOMIC_SEQ_CST);
}

static bool make_room(struct lw_thread *thread, struct lw_board *board)
{
    if (!thread->places)
        thread->places = lw_block_at(&board->places, LW_BOARD_PLACES * sizeof *thread->places);
    if (!thread->places)
        return false;
    uint32_t turn = lw_turn();
    if (thread->place_turn && thread->place_turn != turn)
        lw_places_forget(board); /* modules have gone: addresses may be others' */
    thread->place_turn = lw_options.locks == LW_LOCKS_FULL ? 0 : turn;
    if (lw_wiped.turn != turn && lw_options.locks != LW_LOCKS_FULL && !lw_options.inject[0])
        open_usual_way(turn);
    return true;
}

static void settle_in(struct lw_place *place, const struct question *question, uint32_t stack)
{
    uint32_t site = site_of(stack, lw_call_name(question->hook), question->kind);
    place->site = site == LW_OTHER ? 0 : site;
    place->locking = place->site ? locking_of(site) : 0;
}

/* The interpreter's own locks are no affair of the program's lines. */
static bool has_lines(struct lw_thread *thread, const void *frame)
{
    return lw_python_is_told() && thread->memory && thread->era == lw_era && !lw_python_is_own(LW_CALLER_PC(frame)) &&
           lw_python_state();
}

static uint32_t walked_stack(struct lw_thread *thread, const struct lw_walk *walk, const void *frame, bool *lines)
{
    struct lw_trace trace;
    *lines = has_lines(thread, frame) && lw_merged_has_lines(walk);
    if (!*lines)
        return lw_stack_interned(walk->address, walk->depth, NULL);
    lw_stack_here(thread, frame, &trace);
    return trace.stack;
}

struct lw_place *lw_place_elsewhere(struct lw_place *places, uint64_t pc, uint64_t sp, uint32_t hook)
{
    for (uint32_t i = 1; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(places, pc, sp, i);
        if (lw_place_is(place, pc, sp, hook))
            return place;
    }
    return NULL;
}

/* Where one of all calls is to stand. */
static struct lw_place *place_for_every(struct lw_place *places, uint64_t pc)
{
    for (uint32_t i = 0; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(places, pc, LW_EVERY_SP, i);
        if (place->pc == pc || place->sp != LW_EVERY_SP)
            return place;
    }
    return lw_place_at(places, pc, LW_EVERY_SP);
}

/* Where it is to stand: where none does, else instead of one of a single call, of which each has its turn. */
static struct lw_place *place_for(struct lw_place *places, uint64_t pc, uint64_t sp, uint32_t turn)
{
    if (sp == LW_EVERY_SP)
        return place_for_every(places, pc);
    for (uint32_t i = 0; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(places, pc, sp, i);
        if (!place->pc)
            return place;
    }
    for (uint32_t i = 0; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(places, pc, sp, (turn + i) % LW_PLACES_BESIDE);
        if (place->sp != LW_EVERY_SP)
            return place;
    }
    return lw_place_at(places, pc, sp);
}

static void learn(void *context)
{
    struct question *question = context;
    struct lw_thread *thread = &lw_thread;
    const void *frame = question->frame;
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame);
    if (!make_room(thread, question->board))
        return;
    if (question->is_own)
        sp = LW_EVERY_SP;
    else if (!question->walks && !question->stack)
        sp = LW_ANY_SP;
    struct lw_place *place = question->stack ? question->known : place_for(thread->places, pc, sp, thread->walks);
    question->place = place;
    settle(place);
    if (question->stack) { /* only its lines are others */
        settle_in(place, question, question->stack);
        return;
    }
    place->pc = 0;
    struct lw_walk walk;
    bool lines;
    if (!question->walks || !lw_stack_walk(&walk, frame))
        walk = (struct lw_walk){.address = {pc}, .depth = 1};
    keep_words(place, &walk, frame, LW_CALLER_SP(frame));
    settle_in(place, question, walked_stack(thread, &walk, frame, &lines));
    place->sp = sp;
    place->hook = (uint16_t)(question->hook | (lines ? WITH_LINES : 0));
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    place->pc = pc;
}

/* A place with lines, if they are those at which it was learnt. Else the question holds it, and the stack that has those at
 * which it is now, if they are remembered. */
static struct lw_place *recall_lines(struct lw_thread *thread, const void *frame, uint32_t hook,
                                     struct question *question)
{
    uint64_t pc = LW_CALLER_PC(frame), sp = LW_CALLER_SP(frame);
    struct lw_trace trace;
    if (!has_lines(thread, frame) || thread->place_turn != lw_turn())
        return NULL;
    struct lw_place *place = lw_place_at(thread->places, pc, sp);
    if (!lw_place_is(place, pc, sp, hook | WITH_LINES))
        place = lw_place_elsewhere(thread->places, pc, sp, hook | WITH_LINES);
    if (!place || !lw_stack_is_known(thread, frame, &trace))
        return NULL;
    const struct lw_site *site = lw_element(LW_SITES, place->site);
    if (site && site->stack == trace.stack)
        return place;
    question->stack = trace.stack;
    question->known = place;
    return NULL;
}

/* Learnt without a walk: it is known by its return address. */
static struct lw_place *recall_address(uint64_t pc, uint32_t hook)
{
    if (lw_thread.place_turn != lw_turn())
        return NULL;
    for (uint32_t i = 0; i < LW_PLACES_BESIDE; i++) {
        struct lw_place *place = lw_place_beside(lw_thread.places, pc, LW_ANY_SP, i);
        if (place->pc == pc && place->sp == LW_ANY_SP && place->hook == hook)
            return place;
    }
    return NULL;
}

struct lw_place *lw_place_learn(struct lw_board *board, const void *frame, uint32_t hook, uint32_t kind)
{
    int error = errno;
    if (lw_called_by_libc(frame))
        return NULL;
    struct question question = {.board = board,
                                .frame = frame,
                                .hook = hook,
                                .kind = kind,
                                .is_own = lw_python_is_own(LW_CALLER_PC(frame)),
                                .place = &no_place};
    struct lw_place *place = recall_lines(&lw_thread, frame, hook, &question);
    question.walks = !place && !question.stack && may_walk(&lw_thread, board, frame);
    if (!place && !question.walks && !question.stack)
        place = recall_address(LW_CALLER_PC(frame), hook);
    if (place)
        return place;
    lw_touch_stack(LW_STACK_NEEDED);
    lw_aside(learn, &question);
    errno = error; /* which a walk changes, and a lock does not */
    return question.place;
}
