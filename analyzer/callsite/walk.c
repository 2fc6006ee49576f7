/* The walk over all paths that follow a call.
 *
 * DESIGN. A path is an address and the places that hold the value there. Where paths part, one is followed and the other
 * noted; where one comes to an address with places that were met there before, it ends: loops end so, and paths that
 * meet again are followed once. A path is over as soon as its outcome is known, so most are a few instructions long;
 * what is left is bounded. */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "places.h"
#include "survey.h"

enum { STEPS_AT_MOST = 20000, POINTS_AT_MOST = 2000 };

/* Where a path begins or goes on. */
struct point {
    uint64_t address;
    struct places places;
};

_Static_assert(sizeof(struct point) ==
                   sizeof(uint64_t) + 5 * REGISTERS + SLOTS * sizeof(struct slot) + 3 * sizeof(int64_t),
               "points are compared as bytes");

struct visit {
    struct point point;
    /* Where the result was lost while errno may still be looked at; 0: it is held. Not compared. */
    uint64_t lost_at;
    const char *lost_by;
    struct visit *next;
    UT_hash_handle hh;
};

struct walker {
    struct walk *walk;
    struct code *code;
    struct callees *callees;
    const struct machine *machine;
    struct survey survey;
    uint64_t origin;
    struct visit *visits;  /* by point */
    struct visit *pending; /* those that were not followed yet */
    size_t steps;
};

static void end_path(struct walker *walker, enum outcome outcome, uint64_t where, const char *reason)
{
    struct walk *walk = walker->walk;
    if (walk->paths[outcome]++ > 0)
        return;
    walk->where[outcome] = where;
    walk->reason[outcome] = reason;
}

static void add_point(struct walker *walker, const struct visit *from, uint64_t address)
{
    struct point point;
    struct visit *visit;
    memcpy(&point, &from->point, sizeof(point));
    point.address = address;
    HASH_FIND(hh, walker->visits, &point, sizeof(point), visit);
    if (visit != NULL)
        return;
    if (HASH_COUNT(walker->visits) >= POINTS_AT_MOST) {
        end_path(walker, OUTCOME_UNCLEAR, address, "too many paths meet at");
        return;
    }
    visit = heap__zeroed(1, sizeof(*visit));
    memcpy(&visit->point, &point, sizeof(point));
    visit->lost_at = from->lost_at;
    visit->lost_by = from->lost_by;
    visit->next = walker->pending;
    walker->pending = visit;
    HASH_ADD(hh, walker->visits, point, sizeof(visit->point), visit);
}

/* Does a slot hold the result whose very address the function hands out somewhere? Then who is called may have it. */
static bool is_read_through_pointer(struct walker *walker, const struct places *places)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].content == CONTENT_RESULT &&
            survey__hands_out(&walker->survey, places->slots[i].base, places->slots[i].offset))
            return true;
    return false;
}

/* Could somebody else read a slot that still holds the result, as a part of something, or is it nobody's? */
static bool is_handed_out(struct walker *walker, const struct places *places)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].content == CONTENT_RESULT &&
            survey__hands_out_below(&walker->survey, places->slots[i].base, places->slots[i].offset))
            return true;
    return false;
}

static void lose(struct walker *walker, const struct visit *visit, uint64_t where, const char *reason)
{
    if (visit->point.places.is_doubtful)
        end_path(walker, OUTCOME_UNCLEAR, where, "perhaps handed on before");
    else if (is_handed_out(walker, &visit->point.places))
        end_path(walker, OUTCOME_UNCLEAR, where, "perhaps read through a pointer before");
    else if (visit->lost_at != 0)
        end_path(walker, OUTCOME_LOST, visit->lost_at, visit->lost_by);
    else
        end_path(walker, OUTCOME_LOST, where, reason);
}

/* Where a path cannot be followed. Nothing is missed there if only errno was still looked for. */
static void give_up(struct walker *walker, const struct visit *visit, uint64_t where, const char *reason)
{
    if (visit->lost_at != 0)
        lose(walker, visit, where, reason);
    else
        end_path(walker, OUTCOME_UNCLEAR, where, reason);
}

/* True where a notice ends the path. */
static bool heed(struct walker *walker, const struct step *step, enum notice notice)
{
    static const struct {
        enum outcome outcome;
        const char *reason;
    } ends[] = {
        [NOTICE_READ] = {OUTCOME_READ, "read by"},
        [NOTICE_PASSED] = {OUTCOME_READ, "handed on by"},
        [NOTICE_UNCLEAR] = {OUTCOME_UNCLEAR, "perhaps read by"},
    };
    if (notice == NOTICE_NOTHING)
        return false;
    end_path(walker, ends[notice].outcome, step->address, ends[notice].reason);
    return true;
}

/* The result is gone, but errno may still be looked at. True where there is nothing to look for any more. */
static bool note_loss(struct walker *walker, struct visit *visit, const struct step *step, const char *reason)
{
    if (places__hold_result(&visit->point.places))
        return false;
    if (visit->lost_at == 0) {
        visit->lost_at = step->address;
        visit->lost_by = reason;
    }
    if (places__hold_errno(&visit->point.places))
        return false;
    lose(walker, visit, step->address, reason);
    return true;
}

static bool follow_call(struct walker *walker, struct visit *visit, const struct step *step)
{
    struct callee callee = callees__of(walker->callees, step);
    if (heed(walker, step, places__call(&visit->point.places, walker->machine, step, &callee)))
        return false;
    if (is_read_through_pointer(walker, &visit->point.places)) {
        end_path(walker, OUTCOME_READ, step->address, "within reach of");
        return false;
    }
    if (!callee.returns || code__is_beginning(walker->code, step->next)) {
        end_path(walker, OUTCOME_ENDED, step->address, "not read before");
        return false;
    }
    return !note_loss(walker, visit, step, "lost in");
}

/* The last call of a function, which returns to this one's caller. */
static void leave(struct walker *walker, struct visit *visit, const struct step *step)
{
    struct callee callee = callees__of(walker->callees, step);
    if (heed(walker, step, places__call(&visit->point.places, walker->machine, step, &callee)))
        return;
    if (callee.returns)
        lose(walker, visit, step->address, "lost in");
    else
        end_path(walker, OUTCOME_ENDED, step->address, "not read before");
}

/* A jump to where another function begins may be its call as the last thing of this one. Does it take the value? */
static bool is_handed_over(struct walker *walker, struct visit *visit, const struct step *step)
{
    struct places *places = &visit->point.places;
    uint32_t held = places__registers_with(places, CONTENT_RESULT) & walker->machine->arguments;
    if (!code__is_beginning(walker->code, step->target))
        return false;
    places->has_crossed = true;
    if (held == 0)
        return false;
    struct callee callee = callees__of(walker->callees, step);
    uint32_t untouched = places->is_untouched ? set_of(walker->machine->result) : 0;
    return (held & (callee.reads | (callee.may_read & ~untouched))) != 0;
}

static void follow_jump(struct walker *walker, struct visit *visit, const struct step *step)
{
    if (code__import(walker->code, step) != NULL)
        leave(walker, visit, step);
    else if (heed(walker, step, places__pass(&visit->point.places, walker->machine, step)))
        return;
    else if (step->is_indirect &&
             (visit->point.places.is_returning || code__is_frame_gone(walker->code, step->address)))
        leave(walker, visit, step);
    else if (step->is_indirect)
        give_up(walker, visit, step->address, "cannot follow");
    else if (is_handed_over(walker, visit, step))
        end_path(walker, OUTCOME_READ, step->address, "handed on by");
    else
        add_point(walker, visit, step->target);
}

static bool follow_branch(struct walker *walker, struct visit *visit, const struct step *step)
{
    if (heed(walker, step, places__pass(&visit->point.places, walker->machine, step)))
        return false;
    add_point(walker, visit, step->target);
    add_point(walker, visit, step->next);
    return false;
}

static void follow_return(struct walker *walker, struct visit *visit, const struct step *step)
{
    const struct places *places = &visit->point.places;
    if (places->registers[walker->machine->result] != CONTENT_RESULT) {
        lose(walker, visit, step->address, "not read before");
        return;
    }
    if (places->is_doubtful)
        end_path(walker, OUTCOME_DOUBTFUL, step->address, "perhaps handed on before");
    end_path(walker, OUTCOME_RETURNED, step->address, "returned by");
}

/* True while the path goes straight on. */
static bool follow_step(struct walker *walker, struct visit *visit, const struct step *step)
{
    switch (step->kind) {
    case STEP_CALL:
        return follow_call(walker, visit, step);
    case STEP_JUMP:
        follow_jump(walker, visit, step);
        return false;
    case STEP_BRANCH:
        return follow_branch(walker, visit, step);
    case STEP_RETURN:
        follow_return(walker, visit, step);
        return false;
    case STEP_STOP:
        end_path(walker, OUTCOME_ENDED, step->address, "not read before");
        return false;
    default:
        if (heed(walker, step, places__pass(&visit->point.places, walker->machine, step)))
            return false;
        return !note_loss(walker, visit, step, "overwritten by");
    }
}

/* Follows one path to its end or to where paths part. It works on a copy: the visit is a key of the table. */
static void follow_path(struct walker *walker, const struct visit *begin)
{
    struct visit visit;
    struct step step;
    memcpy(&visit, begin, sizeof(visit));
    uint64_t address = visit.point.address;
    do {
        if (walker->steps++ >= STEPS_AT_MOST) {
            give_up(walker, &visit, address, "too far to follow to");
            return;
        }
        if (!code__step(walker->code, address, &step)) {
            give_up(walker, &visit, address, "cannot decode");
            return;
        }
        address = step.next;
    } while (follow_step(walker, &visit, &step));
}

static void begin(struct walker *walker)
{
    struct visit origin = {.lost_at = 0};
    walker->survey = survey__of(walker->code, walker->callees, walker->origin);
    origin.point.places = walker->survey.places;
    add_point(walker, &origin, walker->origin);
}

void walk__from(struct walk *walk, struct code *code, struct callees *callees, uint64_t address)
{
    struct walker walker = {
        .walk = walk,
        .code = code,
        .callees = callees,
        .machine = code__machine(code),
        .origin = address,
    };
    memset(walk, 0, sizeof(*walk));
    begin(&walker);
    while (walker.pending != NULL) {
        struct visit *visit = walker.pending;
        walker.pending = visit->next;
        follow_path(&walker, visit);
    }
    struct visit *visit, *next;
    HASH_ITER(hh, walker.visits, visit, next) {
        HASH_DEL(walker.visits, visit);
        free(visit);
    }
    unsigned paths = 0;
    for (size_t i = 0; i < OUTCOMES; i++)
        paths += walk->paths[i];
    if (paths == 0)
        end_path(&walker, OUTCOME_LOST, address, "not read in the loop at");
}
