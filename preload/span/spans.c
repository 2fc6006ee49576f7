/* Where spans of scopes are kept: in chunks that are never given back, found by the number of a span. */
#include "span.h"

#include <string.h>

#include "process/process.h"

/* An id: era:8 | generation:23 | scope:12 | index:20. Bit 63 is never set. */
#define INDEX_BITS 20
#define SCOPE_BITS 12
#define GENERATION_SHIFT (INDEX_BITS + SCOPE_BITS)
#define GENERATION_MASK ((1u << 23) - 1)
#define ERA_SHIFT (GENERATION_SHIFT + 23)
_Static_assert(LW_SCOPE_CAP <= 1u << SCOPE_BITS, "a scope's number must fit an id");

#define CHUNK 16u /* two pages: each recording thread has one, for its own scope */
#define AHEAD 64u
#define CHUNKS ((1u << INDEX_BITS) / CHUNK)
#define SURPLUS (2 * CHUNK) /* free spans of a thread, of which half go to all threads */

static struct lw_span *chunks[CHUNKS];
static LW_START_DATA uint32_t chunk_count;
static LW_START_DATA uint64_t
    batches; /* free spans for all, in batches of CHUNK through `top`: tag << 32 | index + 1 of the first */
static struct lw_scopes *of_lanes[LW_LANES - 1];
static LW_BEGIN_DATA struct lw_scopes *of_first_lane; /* instead of the first of them: few processes have more */

static struct lw_scopes *new_scopes(void)
{
    struct lw_scopes *left = lw_pages_left(sizeof *left);
    return left ? left : lw_pages(sizeof *left);
}

struct lw_scopes *lw_scopes_of_lane(uint32_t lane)
{
    if (lane >= LW_LANES - 1)
        return NULL; /* the shared lane: its threads have no scopes */
    struct lw_scopes **place = lane == 0 ? &of_first_lane : &of_lanes[lane], *scopes = *place;
    if (!scopes)
        scopes = *place = new_scopes();
    if (!scopes)
        return NULL;
    if (scopes->era != lw_era) {
        scopes->free = NULL;
        scopes->free_count = 0;
        if (scopes->era != 0) /* a new one is zeroed, and not worth touching */
            memset(scopes->memos, 0, sizeof scopes->memos);
        scopes->era = lw_era;
    }
    scopes->source_count = scopes->jump_stack = scopes->too_deep = 0;
    return scopes;
}

void lw_spans_forget(void)
{
    chunk_count = 0; /* the chunks stay, and with them the generations of their spans */
    batches = 0;
}

/* ---- Numbers ---- */

static struct lw_span *at_index(uint32_t index)
{
    struct lw_span *chunk = __atomic_load_n(&chunks[index / CHUNK], __ATOMIC_ACQUIRE);
    return chunk ? &chunk[index % CHUNK] : NULL;
}

static uint64_t id_of(const struct lw_span *span, uint32_t scope)
{
    uint64_t era = lw_era & 0xff, generation = span->generation & GENERATION_MASK;
    return era << ERA_SHIFT | generation << GENERATION_SHIFT |
           (uint64_t)(scope < LW_SCOPE_CAP ? scope : 0) << INDEX_BITS | span->index;
}

struct lw_span *lw_span_find(uint64_t id, enum lw_span_state *state)
{
    struct lw_span *span = at_index((uint32_t)id & ((1u << INDEX_BITS) - 1));
    *state = LW_SPAN_FOREIGN;
    if (id >> ERA_SHIFT != (lw_era & 0xff))
        return NULL;
    *state = LW_SPAN_ENDED;
    if (!span || lw_span_id(span) != id)
        return NULL;
    *state = LW_SPAN_OPEN;
    return span;
}

uint32_t lw_span_scope(uint64_t id)
{
    return (uint32_t)(id >> INDEX_BITS) & ((1u << SCOPE_BITS) - 1);
}

void lw_spans_visit(void (*visit)(struct lw_span *span, void *context), void *context)
{
    uint32_t count = __atomic_load_n(&chunk_count, __ATOMIC_ACQUIRE);
    for (uint32_t index = 0; index < count * CHUNK && index < CHUNKS * CHUNK; index++) {
        struct lw_span *span = at_index(index);
        if (span && lw_span_id(span))
            visit(span, context);
    }
}

/* ---- In use, and not ---- */

/* Chunks of an earlier era are used again: their spans belong to nobody. */
static void add_chunk(struct lw_scopes *scopes)
{
    uint32_t which = __atomic_fetch_add(&chunk_count, 1, __ATOMIC_ACQ_REL);
    if (which >= CHUNKS) {
        __atomic_fetch_sub(&chunk_count, 1, __ATOMIC_ACQ_REL);
        return;
    }
    struct lw_span *chunk = chunks[which] ? chunks[which] : lw_pages(CHUNK * sizeof *chunk);
    for (uint32_t i = CHUNK; chunk && i-- > 0;) {
        chunk[i].id = 0;
        chunk[i].index = which * CHUNK + i;
        chunk[i].outer = scopes->free;
        scopes->free = &chunk[i];
    }
    if (chunk)
        scopes->free_count += CHUNK;
    __atomic_store_n(&chunks[which], chunk, __ATOMIC_RELEASE);
}

void lw_spans_ahead(struct lw_scopes *scopes)
{
    for (uint32_t added = 0; scopes && scopes->free_count < AHEAD && added < AHEAD; added += CHUNK)
        add_chunk(scopes);
}

/* Threads that begin what others end would else take chunk after chunk. The tag tells a head that came back. */
static void give_batch(struct lw_scopes *scopes)
{
    struct lw_span *first = scopes->free, *last = first;
    for (uint32_t i = 1; i < CHUNK; i++)
        last = last->outer;
    scopes->free = last->outer;
    scopes->free_count -= CHUNK;
    last->outer = NULL;
    uint64_t head = __atomic_load_n(&batches, __ATOMIC_RELAXED), mine;
    do {
        first->top = (uint32_t)head ? at_index((uint32_t)head - 1) : NULL;
        mine = ((head >> 32) + 1) << 32 | (first->index + 1);
    } while (!__atomic_compare_exchange_n(&batches, &head, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

static bool take_batch(struct lw_scopes *scopes)
{
    uint64_t head = __atomic_load_n(&batches, __ATOMIC_ACQUIRE), next;
    struct lw_span *first;
    do {
        first = (uint32_t)head ? at_index((uint32_t)head - 1) : NULL;
        if (!first)
            return false;
        const struct lw_span *second = __atomic_load_n(&first->top, __ATOMIC_RELAXED);
        next = ((head >> 32) + 1) << 32 | (second ? second->index + 1 : 0);
    } while (!__atomic_compare_exchange_n(&batches, &head, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    scopes->free = first;
    scopes->free_count = CHUNK;
    return true;
}

LW_HOT_CODE struct lw_span *lw_span_new(struct lw_scopes *scopes, uint32_t scope)
{
    if (!scopes->free && !take_batch(scopes))
        add_chunk(scopes);
    struct lw_span *span = scopes->free;
    if (!span)
        return NULL;
    scopes->free = span->outer;
    scopes->free_count--;
    span->generation = span->generation % GENERATION_MASK + 1;
    span->scope = scope;
    span->top = NULL;
    span->failed = span->condemned = span->doubtful = 0;
    span->here = span->elsewhere = 0;
    span->most = 0;
    span->held = span->few;
    span->held_count = 0;
    span->held_room = LW_FEW;
    /* the inbox stays: who came too late for an earlier use may put them there at any time */
    span->failure_call = 0;
    span->reason[0] = 0;
    __atomic_store_n(&span->id, id_of(span, scope), __ATOMIC_RELEASE);
    return span;
}

LW_HOT_CODE void lw_span_free(struct lw_scopes *scopes, struct lw_span *span)
{
    __atomic_store_n(&span->id, 0, __ATOMIC_RELEASE);
    if (span->held != span->few)
        lw_list_free(scopes, span);
    if (__builtin_expect(span->inbox != NULL, 0))
        lw_inbox_free(span);
    span->outer = scopes->free;
    scopes->free = span;
    if (++scopes->free_count >= SURPLUS)
        give_batch(scopes);
}
