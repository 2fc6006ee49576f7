/* Lines for a file of suppressions that would set aside what was found: --print-suppressions.
 *
 * DESIGN. A line is not to reach beyond its finding, in programs, too, that this report has not seen: it names function
 * and file of the innermost of the user's frames, and of as many of its callers as it takes to hide least of what was
 * found. Only where no stack is known it names the path, the scope or the call. What a line would hide besides is said
 * beside it, and gets no line of its own. Whatever could be more than a plain character in a pattern, or end the line,
 * becomes *. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "model/kinds.h"
#include "quotation.h"
#include "rule/chain.h"
#include "rule/pattern.h"
#include "rule/suppressions.h"
#include "source/path.h"
#include "symbol/stack.h"

static bool is_plain(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z') || (character != '\0' && strchr("_:~<>,()&./-+=", character) != NULL);
}

static void make_plain(char *text)
{
    for (; *text != '\0'; text++)
        *text = is_plain(*text) ? *text : '*';
}

static char *pattern_of(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    char *plain = heap__copied(text);
    make_plain(plain);
    char *pattern = heap__printed("^%s$", plain);
    free(plain);
    return pattern;
}

/* A lambda is one of many: its name says nothing, what the language's library made of its type does. */
static bool is_nameless(const struct frame *frame)
{
    static const char *const beginnings[] = {"operator", "<lambda", "{lambda", "_FUN"};
    for (size_t i = 0; frame->function != NULL && i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(frame->function, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return frame->function == NULL;
}

static bool is_own(const struct stack *stack, const struct frame *frame)
{
    enum frame_role role = stack__role(stack, frame);
    return role == ROLE_OWN || (role == ROLE_PACKAGE && frame__is_line(frame));
}

static bool tells_place(const struct stack *stack, const struct frame *frame)
{
    return !is_nameless(frame) && (is_own(stack, frame) || strstr(frame->function, "lambda") != NULL);
}

/* Of a path, the last name: it may be built elsewhere next time. */
static char *piece_of(const struct frame *frame)
{
    const char *place = frame->file ? frame->file : frame->module ? frame->module : "?";
    const char *name = base_name(place);
    char *function = heap__copied(is_nameless(frame) ? "*" : frame__short_name(frame)), *file = heap__copied(name);
    make_plain(function);
    make_plain(file);
    char *piece = heap__printed("^%s %s%s$", function, name != place ? "*/" : "", file);
    free(function);
    free(file);
    return piece;
}

/* What an interpreter's code does is another thing in each version of it. */
static bool is_interpreted(const struct stack *stack)
{
    return stack->has_lines && !is_own(stack, stack->frames[0]);
}

/* The frames up to this one. What libraries do between the innermost one and the user's may be otherwise next time. */
static char *chain_of(const struct stack *stack, size_t last)
{
    bool is_open = last > 0 && is_interpreted(stack); /* it ends with a * */
    char *chain = is_open ? heap__copied("*") : piece_of(stack->frames[0]);
    for (size_t i = 1; i <= last; i++) {
        bool is_named = i == last || is_own(stack, stack->frames[i]);
        if (!is_named && is_open)
            continue;
        char *inner = chain, *piece = is_named ? piece_of(stack->frames[i]) : heap__copied("*");
        chain = heap__printed("%s" CHAIN_JOINT "%s", inner, piece);
        free(piece);
        free(inner);
        is_open = !is_named;
    }
    return chain;
}

static bool hides_text(const char *pattern, const char *text)
{
    return text != NULL && pattern__matches(pattern, text);
}

/* Of a misuse, that of the call which showed it. */
static const struct stack *stack_of(const struct finding *finding)
{
    const struct stack *stack = kinds__main_stack(finding);
    return stack != NULL && stack->count > 0 ? stack : NULL;
}

/* A line that is thought of: "kind@stack:pattern", "kind@detail:pattern", "kind@scope:pattern", "kind:pattern". */
enum way { BY_STACK, BY_DETAIL, BY_SCOPE, BY_CALL };
static const char *const ways[] = {"@stack", "@detail", "@scope", ""};

struct thought {
    enum way way;
    char *pattern; /* NULL: none */
    size_t hidden;
};

static bool hides(const struct thought *thought, const struct finding_kind *kind, const struct finding *finding)
{
    if (kind != finding->kind)
        return false;
    if (thought->way == BY_STACK)
        return chain__matches(thought->pattern, stack_of(finding));
    if (thought->way == BY_CALL)
        return hides_text(thought->pattern, finding->call);
    if (thought->way == BY_SCOPE)
        return hides_text(thought->pattern, finding->scope);
    for (size_t i = 0; i < finding->resource.example_count; i++)
        if (hides_text(thought->pattern, finding->resource.examples[i].detail))
            return true;
    return false;
}

/* How much a line hides, which is asked of the same line for many findings. */
struct counted {
    char *line;
    size_t hidden;
    UT_hash_handle hh;
};

struct proposer {
    const struct report *report;
    struct counted *counted;
};

static char *line_of(const struct thought *thought, const struct finding_kind *kind)
{
    return heap__printed("%s%s:%s", kind->name, ways[thought->way], thought->pattern);
}

static size_t hidden_by(struct proposer *proposer, const struct thought *thought, const struct finding_kind *kind)
{
    struct counted *counted;
    char *line = line_of(thought, kind);
    HASH_FIND_STR(proposer->counted, line, counted);
    if (counted != NULL) {
        free(line);
        return counted->hidden;
    }
    counted = heap__zeroed(1, sizeof(*counted));
    counted->line = line;
    for (size_t i = 0; i < proposer->report->finding_count; i++)
        counted->hidden += hides(thought, kind, &proposer->report->findings[i]);
    HASH_ADD_KEYPTR(hh, proposer->counted, counted->line, strlen(counted->line), counted);
    return counted->hidden;
}

static void forget(struct proposer *proposer)
{
    struct counted *counted, *next;
    HASH_ITER(hh, proposer->counted, counted, next) {
        HASH_DEL(proposer->counted, counted);
        free(counted->line);
        free(counted);
    }
}

/* Other stacks of one finding may part further out. */
static bool hides_all_of(const struct thought *thought, const struct finding *finding)
{
    bool has_others = thought->way == BY_STACK && !(finding->kind->about & ABOUT_END);
    for (size_t i = 0; has_others && i < finding->also_count; i++)
        if (!chain__matches(thought->pattern, finding->also[i]))
            return false;
    return hides(thought, finding->kind, finding);
}

/* Takes the pattern, which it owns from here on, in place of one that hides more. */
static void think(struct thought *best, struct proposer *proposer, const struct finding *finding, enum way way,
                  char *pattern)
{
    struct thought thought = {.way = way, .pattern = pattern};
    if (pattern != NULL && hides_all_of(&thought, finding))
        thought.hidden = hidden_by(proposer, &thought, finding->kind);
    if (thought.hidden == 0 || (best->pattern != NULL && best->hidden <= thought.hidden)) {
        free(pattern);
        return;
    }
    free(best->pattern);
    *best = thought;
}

static void think_of_stack(struct thought *best, struct proposer *proposer, const struct finding *finding)
{
    const struct stack *stack = stack_of(finding);
    for (size_t i = 0; stack != NULL && i < stack->count && best->hidden != 1; i++)
        if (tells_place(stack, stack->frames[i]))
            think(best, proposer, finding, BY_STACK, chain_of(stack, i));
    if (stack != NULL && best->pattern == NULL)
        think(best, proposer, finding, BY_STACK, chain_of(stack, 0));
}

/* A path that others open, too, tells nothing; a peer's port is another next time. */
static const char *path_of(const struct finding *finding)
{
    bool is_one = finding->resource.details == 1 && finding->resource.example_count > 0;
    const char *path = is_one ? finding->resource.examples[0].detail : NULL;
    bool is_path = path != NULL && (path[0] == '/' || strncmp(path, "./", 2) == 0);
    return is_path ? path : NULL;
}

static struct thought narrowest(struct proposer *proposer, const struct finding *finding)
{
    struct thought best = {.pattern = NULL};
    think_of_stack(&best, proposer, finding);
    if (best.pattern != NULL)
        return best;
    think(&best, proposer, finding, BY_DETAIL, pattern_of(path_of(finding)));
    think(&best, proposer, finding, BY_SCOPE, pattern_of(finding->scope));
    if (best.pattern == NULL) /* this hides much that the report knows nothing of */
        think(&best, proposer, finding, BY_CALL, pattern_of(finding->call));
    return best;
}

static void put_comment(struct quotation *quotation, FILE *out, const struct finding *finding)
{
    char *headline = quotation__headline(quotation, finding);
    fprintf(out, "# %s\n", headline);
    free(headline);
}

static void put_proposal(struct quotation *quotation, FILE *out, struct proposer *proposer,
                         const struct finding *finding, bool *is_hidden)
{
    const struct report *report = proposer->report;
    struct thought best = narrowest(proposer, finding);
    for (size_t i = 0; best.pattern != NULL && i < report->finding_count; i++) {
        if (is_hidden[i] || !hides(&best, finding->kind, &report->findings[i]))
            continue;
        is_hidden[i] = true;
        put_comment(quotation, out, &report->findings[i]);
    }
    if (best.pattern != NULL) {
        char *line = line_of(&best, finding->kind);
        fprintf(out, "%s\n\n", line);
        free(line);
    } else {
        put_comment(quotation, out, finding);
        fputs("# neither its stack nor its call is known: kind@detail:pattern may say what it is\n\n", out);
    }
    free(best.pattern);
}

void proposals__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    struct proposer proposer = {.report = report};
    bool *is_hidden = heap__zeroed(report->finding_count, sizeof(*is_hidden));
    quotation__begin(&quotation, report, options, NULL, NULL);
    fputs("# Suppressions for leakwatch --suppressions FILE. Keep what you know of, and say why; mend the rest.\n\n",
          out);
    for (size_t i = 0; i < report->finding_count; i++)
        if (!is_hidden[i])
            put_proposal(&quotation, out, &proposer, &report->findings[i], is_hidden);
    forget(&proposer);
    free(is_hidden);
}
