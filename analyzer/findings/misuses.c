/* Releases that hit the wrong thing, and uses of what had been released: double-close, use-after-close, invalid-release,
 * foreign-close, clobbered-fd. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "inquiry.h"
#include "model/call_name.h"
#include "model/resource.h"

#define AT_ONCE 1000000000ULL /* ns: a process that ends so soon after a wrong release ended in it */

enum { SENTENCE = 256 };

/* What each kind of misuse is a finding of, and what is said of the resource. Of invalid ones the call itself is said. */
static const struct wording {
    enum kind_id kind;
    const char *said;
    enum fact_id first; /* what the stack of the first release is */
    bool may_be_last;   /* the real call may end the process */
} wordings[] = {
    [LW_CLOSED_TWICE] = {KIND_DOUBLE_CLOSE, "closed twice", FACT_FIRST_RELEASE, false},
    [LW_CLOSED_REUSED] = {KIND_DOUBLE_CLOSE, "closed twice, the second time in place of another one",
                          FACT_FIRST_RELEASE, false},
    [LW_CLOSED_AGAIN] = {KIND_DOUBLE_CLOSE, "closed again after EINTR", FACT_FIRST_RELEASE, false},
    [LW_HANDLE_TWICE] = {KIND_DOUBLE_CLOSE, "closed twice", FACT_FIRST_RELEASE, true},
    [LW_INVALID_NUMBER] = {KIND_INVALID_RELEASE, NULL, FACT_NONE, false},
    [LW_INVALID_NULL] = {KIND_INVALID_RELEASE, NULL, FACT_NONE, true},
    [LW_INVALID_HANDLE] = {KIND_INVALID_RELEASE, NULL, FACT_NONE, true},
    [LW_FOREIGN_CLOSE] = {KIND_FOREIGN_CLOSE, "had the descriptor below closed", FACT_FIRST_RELEASE, false},
    [LW_WRONG_OWNER] = {KIND_FOREIGN_CLOSE, "closed by another than the owner", FACT_FIRST_RELEASE, false},
    [LW_CLOBBERED] = {KIND_CLOBBERED_FD, NULL, FACT_FIRST_RELEASE, false},
    [LW_USED_CLOSED] = {KIND_USE_AFTER_CLOSE, NULL, FACT_CLOSE, false},
};

static bool is_invalid(const struct lw_misuse *misuse)
{
    return wordings[misuse->kind].kind == KIND_INVALID_RELEASE;
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

/* "close(-1)", "fclose(NULL)". */
static const char *said_of(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    char text[SENTENCE];
    char call[CALL_NAME];
    call_name__written(call, ledger__name(inquiry->ledger, misuse->call));
    if (!is_invalid(misuse))
        return wordings[misuse->kind].said;
    if (misuse->kind == LW_INVALID_NULL)
        snprintf(text, sizeof text, "%.100s(NULL)", call);
    else
        snprintf(text, sizeof text, "%.100s(%" PRId32 ")", call, (int32_t)misuse->handle);
    return pool__text(inquiry->pool, text);
}

static void say_failure_before(const struct inquiry *inquiry, const struct lw_misuse *misuse, char text[SENTENCE])
{
    char call[CALL_NAME];
    const char *error = errno_name(misuse->first_error);
    if (misuse->first_error != 0)
        snprintf(text, SENTENCE, "before that, %.100s had failed with %.100s",
                 call_name__written(call, ledger__name(inquiry->ledger, misuse->first_call)),
                 error ? error : strerror(misuse->first_error));
}

static void say_tag(char *text, size_t room, uint64_t tag)
{
    if (tag == 0)
        snprintf(text, room, "none");
    else
        snprintf(text, room, "0x%" PRIx64, tag);
}

static void say_owners(const struct lw_misuse *misuse, char text[SENTENCE])
{
    char owner[24], given[24];
    say_tag(owner, sizeof owner, misuse->owner);
    say_tag(given, sizeof given, misuse->given);
    snprintf(text, SENTENCE, "its owner's tag is %s, the close came with %s", owner, given);
}

static void say_victim(const struct lw_misuse *misuse, char text[SENTENCE])
{
    char detail[sizeof misuse->detail + 1] = "";
    memcpy(detail, misuse->detail, sizeof misuse->detail);
    const char *for_what = detail[0] != '\0' ? ", for " : "";
    if (misuse->victim_thread == misuse->first_thread)
        snprintf(text, SENTENCE, "the number had been given out again in between%s%s", for_what, detail);
    else
        snprintf(text, SENTENCE, "thread %" PRIu32 " had got the number in between%s%s", misuse->victim_thread,
                 for_what, detail);
}

static void say_threads(const struct lw_misuse *misuse, char text[SENTENCE])
{
    const char *words = misuse->kind == LW_USED_CLOSED ? "closed by thread %" PRIu32 ", then used by thread %" PRIu32
                                                       : "first by thread %" PRIu32 ", then by thread %" PRIu32;
    if (misuse->first_thread != 0 && misuse->first_thread != misuse->thread)
        snprintf(text, SENTENCE, words, misuse->first_thread, misuse->thread);
}

/* The first close may have been meant for what had the number before: then the second one is innocent. */
static void say_reuse(const struct lw_misuse *misuse, char text[SENTENCE])
{
    size_t length = strlen(text);
    if (misuse->kind == LW_CLOSED_TWICE && misuse->flags & LW_NUMBER_REUSED)
        snprintf(text + length, SENTENCE - length,
                 "%sanother had the number before, and the first close may have been meant for that: "
                 "LEAKWATCH_OPTIONS=reuse=late tells",
                 length > 0 ? "; " : "");
}

static bool names_threads(const struct lw_misuse *misuse)
{
    return (misuse->kind == LW_CLOSED_REUSED && misuse->victim_thread != misuse->first_thread) ||
           (misuse->first_thread != 0 && misuse->first_thread != misuse->thread);
}

static const char *later_text(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    char text[SENTENCE] = "";
    if (is_invalid(misuse))
        say_failure_before(inquiry, misuse, text);
    else if (misuse->kind == LW_WRONG_OWNER)
        say_owners(misuse, text);
    else if (misuse->kind == LW_CLOSED_REUSED)
        say_victim(misuse, text);
    else if (misuse->kind == LW_CLOSED_AGAIN)
        snprintf(text, sizeof text, "the first close had closed it: after EINTR nothing is left to be closed");
    else if (misuse->kind == LW_CLOBBERED)
        snprintf(text, sizeof text, "closed in passing: an error of that close is told to nobody");
    else
        say_threads(misuse, text);
    say_reuse(misuse, text);
    return text[0] != '\0' ? pool__text(inquiry->pool, text) : NULL;
}

/* ---- Findings ---------------------------------------------------------------------------------------------------- */

/* It was written down before the real call, which did not return. */
static bool was_last(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    const struct life *life = &inquiry->life;
    bool was_ended = strcmp(life->how, "signal") == 0 || strcmp(life->how, "killed") == 0;
    return was_ended && wordings[misuse->kind].may_be_last && misuse->last_time + AT_ONCE >= life->end;
}

/* A number below 0 is closed by many a clean-up that has nothing to close; after a failed open it is a mistake. What
 * could not be written to has no error to lose. Standard numbers are closed once more by many who become daemons. What was taken out of an epoll set too late had gone from there already. */
static enum level level_of(const struct lw_misuse *misuse, bool is_last)
{
    if (is_last)
        return LEVEL_ERROR;
    if (misuse->kind == LW_INVALID_NUMBER && misuse->first_error == 0)
        return LEVEL_NOTE;
    if (misuse->kind == LW_CLOBBERED && (!(misuse->flags & LW_RELEASED_WRITABLE) || misuse->flags & LW_REPLACED_LOG))
        return LEVEL_NOTE;
    if (misuse->kind == LW_CLOSED_TWICE && misuse->site == 0 && misuse->handle <= 2)
        return LEVEL_WARNING;
    if (misuse->kind == LW_USED_CLOSED && misuse->flags & LW_USED_IN_VAIN)
        return LEVEL_NOTE;
    return kinds__get(wordings[misuse->kind].kind)->level;
}

static uint32_t stack_of_site(const struct inquiry *inquiry, uint32_t number)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, number);
    return site ? stacks__number(inquiry->stacks, site->stack) : 0;
}

static struct tally_facts facts_of(const struct inquiry *inquiry, const struct lw_misuse *misuse, uint32_t first)
{
    const struct lw_site *victim = ledger__site(inquiry->ledger, misuse->victim);
    bool invalid = is_invalid(misuse);
    return (struct tally_facts){{
        tally_fact__text(invalid ? FACT_CALLED : FACT_SAID, said_of(inquiry, misuse), NULL),
        {.id = was_last(inquiry, misuse) ? FACT_WAS_LAST : FACT_NONE},
        tally_fact__stack(wordings[misuse->kind].first, invalid ? 0 : first, NULL),
        tally_fact__stack(FACT_VICTIM, stack_of_site(inquiry, misuse->victim),
                          victim ? inquiry__name(inquiry, victim->call) : NULL),
    }};
}

static struct tally_key key_of(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, misuse->site);
    uint32_t first = stacks__number(inquiry->stacks, misuse->first_stack);
    struct tally_key key = {
        .kind = kinds__get(wordings[misuse->kind].kind),
        .call = inquiry__name(inquiry, misuse->call),
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .later = later_text(inquiry, misuse),
        .stack = is_invalid(misuse) && first != 0 ? first : stack_of_site(inquiry, misuse->site),
        .released = stacks__number(inquiry->stacks, misuse->stack),
        .error = misuse->error,
        .level = level_of(misuse, was_last(inquiry, misuse)),
        .names_threads = names_threads(misuse),
        .facts = facts_of(inquiry, misuse, first),
    };
    if (is_invalid(misuse) && key.later != NULL)
        key.acquired_as = FACT_FAILED_BEFORE;
    if (tally_key__place(&key) == 0)
        key.elsewhere = inquiry->program;
    return key;
}

/* Of what was hit in another's place the ledger has the detail of the other one. */
static uint32_t resource_of(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, misuse->site);
    return misuse->kind == LW_CLOSED_REUSED && site ? site->kind : misuse->resource;
}

static void add_misuse(struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    struct tally_key key = key_of(inquiry, misuse);
    uint32_t resource = resource_of(inquiry, misuse);
    bool is_fd = resource == LW_KIND_NONE || lw_class(resource) == LW_CLASS_FD || misuse->kind == LW_FOREIGN_CLOSE;
    char detail[sizeof misuse->detail + 1] = "";
    if (misuse->kind != LW_CLOSED_REUSED)
        memcpy(detail, misuse->detail, sizeof misuse->detail);
    struct sighting sighting = {.process = inquiry->process,
                                .count = misuse->count - misuse->swept,
                                .id = misuse->handle,
                                .has_id = is_fd && !is_invalid(misuse),
                                .detail = detail,
                                .thread = misuse->thread,
                                .age = inquiry__age(inquiry, misuse->last_time)};
    inquiry__add(inquiry, &key, resource, &sighting);
}

/* ---- Sweeps and probes ------------------------------------------------------------------------------------------- */

#define LOOP 1024u /* bytes of code: more than a loop that was unrolled has between two calls */

/* The same call, or another one of the same function's same call. */
static bool is_same_loop(const struct ledger *ledger, uint32_t one, uint32_t other)
{
    const struct lw_frame *frame = ledger__frame(ledger, one), *there = ledger__frame(ledger, other);
    return frame != NULL && there != NULL && frame->parent == there->parent && frame->module == there->module &&
           frame->address - there->address + LOOP <= 2 * LOOP;
}

static bool is_place(const struct inquiry *inquiry, uint32_t kind, uint32_t stack)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_MISUSES); i++) {
        const struct lw_misuse *misuse = ledger__misuse(inquiry->ledger, i);
        if (misuse != NULL && misuse->kind == kind && is_same_loop(inquiry->ledger, misuse->stack, stack))
            return true;
    }
    return false;
}

static bool is_bulk_close(const struct inquiry *inquiry, uint32_t call)
{
    const char *name = ledger__name(inquiry->ledger, call);
    return strcmp(name, "close_range") == 0 || strcmp(name, "syscall") == 0;
}

/* Who closes everything but what is to be kept closes small ranges as well. */
static bool is_of_sweep(const struct inquiry *inquiry, uint32_t call, uint32_t stack)
{
    return is_bulk_close(inquiry, call) && is_place(inquiry, LW_SWEEPS, stack);
}

/* What a loop closes that closes everything, others may go on to use unknowingly; and who asks number after number which
 * of them are open uses none. */
static bool is_told(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    if (misuse->count <= misuse->swept || misuse->kind == LW_SWEEPS || misuse->kind == LW_PROBES ||
        lw_is_lock_misuse(misuse->kind))
        return false;
    if (misuse->kind == LW_USED_CLOSED)
        return !is_place(inquiry, LW_SWEEPS, misuse->first_stack) && !is_place(inquiry, LW_PROBES, misuse->stack);
    return !is_of_sweep(inquiry, misuse->call, misuse->stack) &&
           (is_invalid(misuse) || !is_of_sweep(inquiry, misuse->first_call, misuse->first_stack));
}

void misuses__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_MISUSES); i++) {
        const struct lw_misuse *misuse = ledger__misuse(inquiry->ledger, i);
        if (misuse != NULL && is_told(inquiry, misuse))
            add_misuse(inquiry, misuse);
    }
}
