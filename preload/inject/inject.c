/* Failures on purpose: asks, at every call, whether one of the rules applies. A call stands for its variants too: open is
 * open64, __open_2 and openat. */
#include "inject.h"

#include <errno.h>
#include <string.h>

#include "account/account.h"
#include "process/process.h"
#include "rules.h"
#include "scope/scope.h"
#include "stack/stack.h"
#include "symbol/symbol.h"
#include "system/system.h"
#include "wake/wake.h"

#define RULES 16u

LW_HOT_DATA bool lw_injecting = true; /* until the rules have been read */
static struct lw_rule rules[RULES];
static LW_START_DATA uint32_t rule_count;

/* NULL; or why it is none. */
static const char *read_rule(char *text, bool too_long)
{
    if (rule_count == RULES)
        return "there are 16 before it, which is all";
    const char *fault = too_long ? "it is too long" : lw_rule_read(&rules[rule_count], text);
    rule_count += !fault;
    return fault;
}

static LW_START_CODE void read_rules(const char *text)
{
    char piece[4 * LW_RULE_TEXT + 64];
    while (*text) {
        size_t length = strcspn(text, ","), kept = length < sizeof piece ? length : sizeof piece - 1;
        memcpy(piece, text, kept);
        piece[kept] = 0;
        if (length > 0) {
            const char *fault = read_rule(piece, kept < length);
            memcpy(piece, text, kept);
            if (fault)
                lw_say("cannot inject ", piece, " (", fault, ")", NULL);
        }
        text += length + (text[length] == ',');
    }
}

LW_START_CODE void lw_injections_start(void)
{
    static LW_START_DATA uint32_t started;
    if (__atomic_exchange_n(&started, 1, __ATOMIC_ACQ_REL))
        return;
    read_rules(lw_options.inject);
    lw_injecting = rule_count > 0;
}

/* One source calls open, open64, __open_2 or openat, as its compiler will have it. */
static bool is_variant(const char *name, const char *call)
{
    static const char endings[][8] = {"", "64", "_2", "64_2", "at", "at64", "at_2", "at64_2"};
    if (strcmp(name, call) == 0)
        return true;
    name += name[0] == '_' && name[1] == '_' ? 2 : 0;
    size_t length = strlen(call);
    if (strncmp(name, call, length) != 0)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(name + length, endings[i]) == 0)
            return true;
    return false;
}

static bool fits(const char *pattern, const char *text)
{
    return lw_pattern_fits(pattern, strlen(pattern), text);
}

/* The kernel has not seen this text yet, so it may be anything; it reads no longer ones. */
static bool can_be_read(const char *text)
{
    if (!lw_may_ask())
        return false;
    for (size_t i = 0; i < LW_PAGE; i++) {
        if ((i == 0 || (uintptr_t)(text + i) % LW_PAGE == 0) && !lw_readable(text + i))
            return false;
        if (!text[i])
            return true;
    }
    return false;
}

/* Any scope that is open around the call. */
static bool is_in_scope(const char *pattern)
{
    for (const struct lw_span *span = lw_thread.innermost; span; span = span->outer) {
        const struct lw_scope *path = lw_element(LW_SCOPES, span->scope);
        char name[LW_SCOPE_NAME + 1];
        lw_name_copy(name, sizeof name, path ? path->name : 0);
        if (fits(pattern, name))
            return true;
    }
    return false;
}

static bool is_frame(const struct lw_rule_frame *frame, uint64_t address)
{
    const struct lw_module *module = lw_element(LW_MODULES, lw_module_of(address - 1));
    char path[1024];
    if (!module || address - module->base != frame->offset)
        return false;
    lw_name_copy(path, sizeof path, module->name);
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, frame->module) == 0;
}

/* The innermost return address; lines of an interpreted program, which stand anywhere, are none. */
static const struct lw_frame *caller_of(uint32_t stack)
{
    const struct lw_frame *frame = lw_element(LW_STACKS, stack);
    while (frame && lw_is_line(frame))
        frame = lw_element(LW_STACKS, frame->parent);
    return frame;
}

static bool is_below(const struct lw_rule *rule, uint32_t stack)
{
    const struct lw_frame *frame = caller_of(stack);
    for (uint32_t i = 0; i < rule->frame_count; i++, frame = caller_of(frame->parent))
        if (!frame || !is_frame(&rule->frames[i], frame->address))
            return false;
    return true;
}

/* Only what returns to the right place is worth a stack. */
static bool is_at(const struct lw_rule *rule, struct lw_call *call)
{
    struct lw_record record;
    if (!is_frame(&rule->frames[0], LW_CALLER_PC(call->frame)))
        return false;
    if (rule->frame_count == 1)
        return true;
    bool found = false;
    if (lw_record_open(&record, call, true)) {
        found = is_below(rule, record.trace.stack);
        lw_record_close(&record);
    }
    return found;
}

static bool is_in_function(struct lw_rule *rule, struct lw_call *call)
{
    struct lw_record record;
    bool found = false;
    if (lw_record_open(&record, call, true)) {
        const struct lw_frame *frame;
        for (uint32_t stack = record.trace.stack; !found && (frame = lw_element(LW_STACKS, stack));
             stack = frame->parent)
            found = lw_place_is_in(&rule->places, frame->address - 1, rule->in);
        lw_record_close(&record);
    }
    return found;
}

static bool comes_up(struct lw_rule *rule)
{
    uint32_t n = __atomic_add_fetch(&rule->calls, 1, __ATOMIC_RELAXED);
    switch ((enum lw_frequency)rule->frequency) {
    case LW_ALWAYS:
        return true;
    case LW_ONCE:
        return n == rule->n;
    case LW_EVERY:
        return n % rule->n == 0;
    default:
        return lw_hash2(n, rule->seed) % 1000000 < rule->n;
    }
}

/* The cheapest question first; the ledger is begun only where a rule speaks of what is in it. */
static bool applies(struct lw_rule *rule, struct lw_call *call, const char *text)
{
    bool needs_ledger = rule->frame_count > 0 || rule->in[0] || rule->scope[0];
    if (!is_variant(lw_hooks[call->hook].name, rule->call))
        return false;
    if (rule->path[0] && (!text || !can_be_read(text) || !fits(rule->path, text)))
        return false;
    if (needs_ledger && !lw_present(true))
        return false;
    if (rule->scope[0] && !is_in_scope(rule->scope))
        return false;
    if (rule->frame_count > 0 && !is_at(rule, call))
        return false;
    if (rule->in[0] && !is_in_function(rule, call))
        return false;
    return comes_up(rule);
}

bool lw_inject(struct lw_call *call, const char *text)
{
    int error = errno;
    lw_injections_start();
    for (uint32_t i = 0; i < rule_count; i++)
        if (applies(&rules[i], call, text)) {
            if (lw_present(true)) {
                lw_count(&lw_header()->injected);
                __atomic_fetch_or(&lw_header()->rules_met, 1ULL << i, __ATOMIC_RELAXED);
            }
            call->injected = true;
            errno = rules[i].error;
            return true;
        }
    errno = error;
    return false;
}

bool lw_inject_release(struct lw_call *call)
{
    const struct lw_slot *slot = call->owner.slot ? call->owner.slot : call->fd.slot;
    char text[LW_DETAIL + 1] = "";
    if (slot)
        memcpy(text, slot->detail, slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL);
    return lw_inject(call, text);
}
