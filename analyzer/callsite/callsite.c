/* Did the program look at what a release returned? From frame to frame, and what the frames' walks add up to.
 *
 * DESIGN. One walk says what becomes of the value in one function; it does not depend on the stack, so it is kept for
 * every return address of a module (which symbols number by path and build-id). Going up the stack is adding up walks:
 * the paths that return the value have the outcomes of the caller. */
#include "callsite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "symbol/judged.h"
#include "symbol/symbols.h"
#include "walk.h"

/* The code of a module. */
struct room {
    uint32_t module;
    struct code *code; /* NULL: not on disk, or not known */
    struct callees *callees;
    UT_hash_handle hh;
};

struct site {
    struct callsite_frame frame;
    struct walk walk;
    UT_hash_handle hh;
};

struct callsites {
    struct symbols *symbols;
    struct room *rooms;
    struct site *sites;
};

const char *verdict__name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_CHECKED] = "checked",
        [VERDICT_CHECKED_SOME_PATHS] = "checked_some_paths",
        [VERDICT_IGNORED] = "ignored",
        [VERDICT_RETURNED] = "returned",
    };
    return names[verdict];
}

struct callsites *callsites__new(struct symbols *symbols)
{
    struct callsites *callsites = heap__zeroed(1, sizeof(*callsites));
    callsites->symbols = symbols;
    return callsites;
}

void callsites__free(struct callsites *callsites)
{
    struct room *room, *next_room;
    struct site *site, *next_site;
    if (callsites == NULL)
        return;
    HASH_ITER(hh, callsites->sites, site, next_site) {
        HASH_DEL(callsites->sites, site);
        free(site);
    }
    HASH_ITER(hh, callsites->rooms, room, next_room) {
        HASH_DEL(callsites->rooms, room);
        callees__free(room->callees);
        code__free(room->code);
        free(room);
    }
    free(callsites);
}

static struct room *room_of(struct callsites *callsites, uint32_t module)
{
    struct room *room;
    HASH_FIND(hh, callsites->rooms, &module, sizeof(module), room);
    if (room != NULL)
        return room;
    room = heap__zeroed(1, sizeof(*room));
    room->module = module;
    room->code = code__new(symbols__elf(callsites->symbols, module));
    if (room->code != NULL)
        room->callees = callees__new(room->code);
    HASH_ADD(hh, callsites->rooms, module, sizeof(room->module), room);
    return room;
}

static const char no_code[] = "no code on disk";

static void walk_site(struct callsites *callsites, struct site *site)
{
    const struct room *room = room_of(callsites, site->frame.module);
    if (room->code != NULL) {
        walk__from(&site->walk, room->code, room->callees, site->frame.offset);
        return;
    }
    site->walk.paths[OUTCOME_UNCLEAR] = 1;
    site->walk.reason[OUTCOME_UNCLEAR] = no_code;
}

static const struct walk *walk_of(struct callsites *callsites, const struct callsite_frame *frame)
{
    struct callsite_frame key;
    struct site *site;
    memset(&key, 0, sizeof(key)); /* its padding, too, is a part of the key */
    key.module = frame->module;
    key.offset = frame->offset;
    HASH_FIND(hh, callsites->sites, &key, sizeof(key), site);
    if (site != NULL)
        return &site->walk;
    site = heap__zeroed(1, sizeof(*site));
    site->frame.module = key.module;
    site->frame.offset = key.offset;
    walk_site(callsites, site);
    HASH_ADD(hh, callsites->sites, frame, sizeof(site->frame), site);
    return &site->walk;
}

/* The outcomes over all frames that were asked: of each, whether there is one, and where the first one was found. */
struct sum {
    bool has[OUTCOMES];
    size_t frame[OUTCOMES];
    const struct walk *walk[OUTCOMES];
};

static void add_walk(struct sum *sum, const struct walk *walk, size_t frame)
{
    sum->has[OUTCOME_RETURNED] = false;
    for (size_t i = 0; i < OUTCOMES; i++) {
        if (walk->paths[i] == 0 || sum->has[i])
            continue;
        sum->has[i] = true;
        sum->frame[i] = frame;
        sum->walk[i] = walk;
    }
}

/* The first row that fits says the verdict, and which outcome is the evidence of it. */
static const struct rule {
    unsigned outcomes; /* a set */
    enum verdict verdict;
    enum outcome evidence;
} rules[] = {
#define SET(outcome) (1u << OUTCOME_##outcome)
    {SET(READ) | SET(LOST), VERDICT_CHECKED_SOME_PATHS, OUTCOME_LOST},
    {SET(READ) | SET(UNCLEAR), VERDICT_CHECKED_SOME_PATHS, OUTCOME_UNCLEAR},
    {SET(UNCLEAR), VERDICT_UNKNOWN, OUTCOME_UNCLEAR},
    {SET(RETURNED), VERDICT_RETURNED, OUTCOME_RETURNED},
    {SET(READ), VERDICT_CHECKED, OUTCOME_READ},
    {SET(DOUBTFUL), VERDICT_UNKNOWN, OUTCOME_DOUBTFUL},
    {SET(LOST), VERDICT_IGNORED, OUTCOME_LOST},
    {SET(ENDED), VERDICT_IGNORED, OUTCOME_ENDED},
#undef SET
};

static const struct rule *find_rule(const struct sum *sum)
{
    unsigned set = 0;
    for (unsigned i = 0; i < OUTCOMES; i++)
        set |= sum->has[i] ? 1u << i : 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if ((set & rules[i].outcomes) == rules[i].outcomes)
            return &rules[i];
    return NULL;
}

static void find_evidence(struct callsites *callsites, const struct callsite_frame *frame,
                          struct callsite_verdict *verdict)
{
    const struct room *room = room_of(callsites, frame->module);
    struct step step;
    if (room->code == NULL || verdict->where == 0)
        return;
    code__text(room->code, verdict->where, verdict->evidence, sizeof(verdict->evidence));
    if (!code__step(room->code, verdict->where, &step) || (step.kind != STEP_CALL && step.kind != STEP_JUMP))
        return;
    const struct import *import = code__import(room->code, &step);
    verdict->is_handed = true;
    verdict->target = step.is_indirect || import != NULL ? 0 : step.target;
    verdict->callee = import != NULL ? import->name : NULL;
    size_t length = strlen(verdict->evidence);
    if (import != NULL)
        snprintf(verdict->evidence + length, sizeof(verdict->evidence) - length, " (%s)", import->name);
}

static void decide(struct callsites *callsites, const struct sum *sum, const struct callsite_frame *frames,
                   struct callsite_verdict *verdict)
{
    const struct rule *rule = find_rule(sum);
    if (rule == NULL)
        return;
    enum outcome outcome = rule->evidence;
    verdict->verdict = rule->verdict;
    verdict->frame = sum->frame[outcome];
    verdict->where = sum->walk[outcome]->where[outcome];
    verdict->how = sum->walk[outcome]->reason[outcome];
    find_evidence(callsites, &frames[verdict->frame], verdict);
}

void callsites__judge(struct callsites *callsites, const struct callsite_frame *frames, size_t count,
                      struct callsite_verdict *verdict)
{
    struct sum sum = {.has = {false}};
    struct judged *judged = symbols__judged(callsites->symbols);
    if (judged__find(judged, frames, count, verdict))
        return;
    *verdict = (struct callsite_verdict){.verdict = VERDICT_UNKNOWN, .how = "no stack was recorded"};
    for (size_t i = 0; i < count; i++) {
        add_walk(&sum, walk_of(callsites, &frames[i]), i);
        if (!sum.has[OUTCOME_RETURNED])
            break;
    }
    if (count > 0)
        decide(callsites, &sum, frames, verdict);
    if (verdict->how == NULL || strcmp(verdict->how, no_code) != 0) /* others may have it */
        judged__add(judged, frames, count, verdict);
}
