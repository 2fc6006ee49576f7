/* Failures that nobody was told of: swallowed-error, a release or sync that failed and whose result the program did not
 * look at; lost-write, a stream whose writes had failed and that was closed all the same, or not flushed at the end.
 *
 * DESIGN. The ledger has a row for what failed, by stack, call and errno, and one more for what was lost with a stream. A
 * stream that could not be flushed when it was closed has both: then the lost write is the finding. The verdict on the
 * call decides: what the program looked at is counted, and no finding. A program that ended with another exit status than
 * 0 has noticed that something went wrong, so that what it lost is a note. */
#include <stdbool.h>
#include <string.h>

#include "callsite/verdicts.h"
#include "harmless.h"
#include "inquiry.h"
#include "model/results.h"
#include "outcomes.h"

/* lost_write_exit=N may have replaced the status that the program gave. */
static bool ended_badly(const struct inquiry *inquiry, const struct lw_failure *failure, bool is_at_exit)
{
    if (is_at_exit)
        return failure->status != 0;
    return strcmp(inquiry->life.how, "exit") == 0 && inquiry->life.status != 0;
}

static struct tally_key key_of(const struct inquiry *inquiry, const struct lw_failure *failure, enum kind_id kind)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, failure->site);
    struct tally_key key = {
        .kind = kinds__get(kind),
        .call = inquiry__name(inquiry, failure->call),
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .released = stacks__number(inquiry->stacks, failure->stack),
        .error = failure->error,
        .level = kinds__get(kind)->level,
        .acquired_as = site && lw_class(site->kind) == LW_CLASS_LOCK ? FACT_TAKEN : 0,
    };
    if (tally_key__place(&key) == 0)
        key.elsewhere = inquiry->program;
    return key;
}

/* What the ledger keeps of its detail. */
static const char *detail_of(const struct lw_failure *failure, char text[sizeof failure->detail + 1])
{
    memcpy(text, failure->detail, sizeof failure->detail);
    text[sizeof failure->detail] = '\0';
    return text;
}

/* Standard output and error have no site: nobody opened them. */
static const char *standard_stream(const struct lw_failure *failure)
{
    static const char *const names[] = {[1] = "standard output", [2] = "standard error"};
    bool is_standard = failure->site == 0 && failure->role != LW_FAILED_USE;
    return is_standard && (failure->handle == 1 || failure->handle == 2) ? names[failure->handle] : NULL;
}

static void add(struct inquiry *inquiry, struct tally_key *key, const struct lw_failure *failure, uint64_t count)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, failure->site);
    const char *standard = standard_stream(failure);
    uint32_t resource = site ? site->kind : standard ? LW_STREAM_FILE : LW_KIND_NONE;
    char detail[sizeof failure->detail + 1];
    bool is_fd = resource == LW_KIND_NONE || lw_class(resource) == LW_CLASS_FD;
    bool is_number = failure->handle <= INT32_MAX && is_fd;
    struct sighting sighting = {.process = inquiry->process,
                                .count = count,
                                .id = failure->handle,
                                .has_id = is_number,
                                .detail = standard ? standard : detail_of(failure, detail),
                                .thread = failure->thread,
                                .age = inquiry__age(inquiry, failure->last_time)};
    inquiry__add(inquiry, key, resource, &sighting);
}

/* ---- Swallowed errors -------------------------------------------------------------------------------------------- */

static uint64_t lost_with(const struct ledger *ledger, const struct lw_failure *failure)
{
    uint64_t count = 0;
    for (uint32_t i = 1; i < ledger__count(ledger, LW_FAILURES); i++) {
        const struct lw_failure *lost = ledger__failure(ledger, i);
        if (lost != NULL && lost->role == LW_LOST_WRITE && lost->stack == failure->stack &&
            lost->call == failure->call && lost->error == failure->error)
            count += lost->count;
    }
    return count;
}

/* Of a lock: then what was wrong is told with what the program did about it. */
static bool is_told_as_misuse(const struct ledger *ledger, const struct lw_failure *failure)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_MISUSES); i++) {
        const struct lw_misuse *misuse = ledger__misuse(ledger, i);
        if (misuse != NULL && lw_is_lock_misuse(misuse->kind) && misuse->count > 0 && misuse->stack == failure->stack &&
            misuse->call == failure->call && misuse->error == failure->error)
            return true;
    }
    return false;
}

static void look_at_failure(struct inquiry *inquiry, const struct lw_failure *failure)
{
    uint64_t lost = failure->role == LW_FAILED_RELEASE ? lost_with(inquiry->ledger, failure) : 0;
    if (failure->count <= lost)
        return;
    struct tally_key key = key_of(inquiry, failure, KIND_SWALLOWED_ERROR);
    const struct outcome *outcome = verdicts__of(inquiry->verdicts, key.released);
    results__add(inquiry->failures, outcome->verdict, failure->count - lost);
    const struct harmless *known = harmless__of(ledger__name(inquiry->ledger, failure->call), failure->error);
    if (outcome__was_looked_at(outcome) || is_told_as_misuse(inquiry->ledger, failure) ||
        (known != NULL && known->is_silent))
        return;
    if (outcome->verdict != VERDICT_IGNORED || known != NULL)
        key.level = LEVEL_NOTE;
    outcome__tell(outcome, &key);
    add(inquiry, &key, failure, failure->count - lost);
}

/* ---- Lost writes ------------------------------------------------------------------------------------------------- */

static const char *lost_text(const struct lw_failure *failure, bool is_at_exit)
{
    if (is_at_exit)
        return failure->error == 0 ? "a write to it had failed before, and nobody had asked" : NULL;
    return failure->error == 0 ? "a write to it had failed before, of which the release says nothing"
                               : "a write to it had failed before, and its release failed too";
}

/* Writes that a library makes for the program tell only that the library has looked. */
static bool is_the_programs(const struct inquiry *inquiry, uint32_t stack)
{
    const struct lw_frame *frame = ledger__frame(inquiry->ledger, stack);
    const struct lw_module *module =
        frame && !lw_is_line(frame) ? ledger__module(inquiry->ledger, frame->module) : NULL;
    return module == NULL || strstr(ledger__name(inquiry->ledger, module->name), "/libstdc++.so") == NULL;
}

/* Did the program look when a write to such a stream failed? Then it knew, whatever it did afterwards. */
static bool was_known(const struct inquiry *inquiry, const struct lw_failure *lost)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *write = ledger__failure(inquiry->ledger, i);
        if (write == NULL || write->role != LW_FAILED_WRITE || write->site != lost->site ||
            (lost->site == 0 && write->handle != lost->handle) || !is_the_programs(inquiry, write->stack))
            continue;
        const struct outcome *outcome = verdicts__of(inquiry->verdicts, stacks__number(inquiry->stacks, write->stack));
        if (outcome->verdict != VERDICT_IGNORED) /* nobody is accused who may have looked */
            return true;
    }
    return false;
}

static void look_at_lost_write(struct inquiry *inquiry, const struct lw_failure *failure)
{
    struct tally_key key = key_of(inquiry, failure, KIND_LOST_WRITE);
    bool is_at_exit = failure->stack == 0 && key.call != NULL && strcmp(key.call, "exit") == 0;
    key.later = lost_text(failure, is_at_exit);
    if (!is_at_exit && failure->error != 0) {
        const struct outcome *outcome = verdicts__of(inquiry->verdicts, key.released);
        results__add(inquiry->failures, outcome->verdict, failure->count);
        if (outcome__was_looked_at(outcome))
            return;
        if (outcome->verdict != VERDICT_IGNORED)
            key.level = LEVEL_NOTE;
        outcome__tell(outcome, &key);
    }
    if (was_known(inquiry, failure))
        return;
    if (ended_badly(inquiry, failure, is_at_exit))
        key.level = LEVEL_NOTE;
    add(inquiry, &key, failure, failure->count);
}

/* What becomes of a failure with this role. */
static void (*const looks[])(struct inquiry *inquiry, const struct lw_failure *failure) = {
    [LW_FAILED_RELEASE] = look_at_failure,
    [LW_FAILED_USE] = look_at_failure,
    [LW_LOST_WRITE] = look_at_lost_write,
};

static bool is_about_results(const struct lw_failure *failure)
{
    return failure != NULL && failure->count > 0 && failure->role < sizeof looks / sizeof looks[0] &&
           looks[failure->role] != NULL;
}

void failures__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(inquiry->ledger, i);
        if (is_about_results(failure))
            looks[failure->role](inquiry, failure);
    }
}
