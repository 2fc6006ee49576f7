/* Lines for a file of suppressions that would set aside what was found: --print-suppressions.
 *
 * DESIGN. Of what can be named, that which hides least: the user's functions, from the innermost one out (main stands in
 * all stacks), the file, the path if there is but one, the scope; of those that hide as much, the first. The module, and
 * then the call, only where nothing else is known. What a line would hide besides is said beside it, and gets no line of
 * its own. Whatever could be more than a plain character in a pattern, or end the line, becomes *. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "model/kinds.h"
#include "quotation.h"
#include "rule/pattern.h"
#include "rule/suppressions.h"
#include "source/path.h"
#include "symbol/stack.h"

static bool is_plain(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z') || (character != '\0' && strchr("_:~<>,()&./-+=", character) != NULL);
}

/* Of a path, the last name: it may be built elsewhere next time. */
static char *pattern_of(const char *text)
{
    const char *name = base_name(text);
    char *pattern = heap__printed("%s%s$", name != text ? "/" : "^", name);
    for (char *at = pattern + 1; at[1] != '\0'; at++)
        *at = is_plain(*at) ? *at : '*';
    return pattern;
}

static bool hides_text(const char *pattern, const char *text)
{
    return text != NULL && pattern__matches(pattern, text);
}

/* As suppressions__find_stack looks. */
static bool hides_by_stack(const char *pattern, const struct finding_kind *kind, const struct finding *finding)
{
    const struct stack *stack = finding->acquired;
    if (kind != finding->kind)
        return false;
    if (hides_text(pattern, finding->call))
        return true;
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (hides_text(pattern, stack->frames[i]->function) || hides_text(pattern, stack->frames[i]->file) ||
            hides_text(pattern, stack->frames[i]->module))
            return true;
    return false;
}

/* A line that is thought of: "kind:pattern", "kind@detail:pattern", "kind@scope:pattern". */
enum way { BY_STACK, BY_DETAIL, BY_SCOPE };
static const char *const ways[] = {"", "@detail", "@scope"};

struct thought {
    enum way way;
    char *pattern; /* NULL: none */
    size_t hidden;
};

static bool hides(const struct thought *thought, const struct finding_kind *kind, const struct finding *finding)
{
    if (thought->way == BY_STACK)
        return hides_by_stack(thought->pattern, kind, finding);
    if (kind != finding->kind)
        return false;
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

/* Takes the pattern's place where it hides less. */
static void think(struct thought *best, struct proposer *proposer, const struct finding *finding, enum way way,
                  const char *subject)
{
    bool is_enough = best->pattern != NULL && best->hidden == 1;
    if (is_enough || subject == NULL || subject[0] == '\0')
        return;
    struct thought thought = {.way = way, .pattern = pattern_of(subject)};
    thought.hidden = hidden_by(proposer, &thought, finding->kind);
    if (thought.hidden == 0 || (best->pattern != NULL && best->hidden <= thought.hidden)) {
        free(thought.pattern);
        return;
    }
    free(best->pattern);
    *best = thought;
}

/* A lambda is one of many: its name says nothing, what the language's library made of its type does. */
static bool is_nameless(const char *function)
{
    static const char *const beginnings[] = {"operator", "<lambda", "{lambda", "<module>", "_FUN"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(function, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

static bool tells_place(const struct frame *frame)
{
    if (frame->function == NULL || strcmp(frame->function, "main") == 0 || is_nameless(frame->function))
        return false;
    return frame->origin == CODE_USER || strstr(frame->function, "lambda") != NULL;
}

static void think_of_functions(struct thought *best, struct proposer *proposer, const struct finding *finding)
{
    const struct stack *stack = finding->acquired;
    for (size_t i = 0; stack != NULL && i < stack->count; i++) {
        const struct frame *frame = stack->frames[i];
        if (tells_place(frame))
            think(best, proposer, finding, BY_STACK, frame->function);
    }
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
    const struct frame *frame = stack__user_frame(finding->acquired);
    const char *path = path_of(finding);
    think_of_functions(&best, proposer, finding);
    if (path != NULL && strncmp(path, "/dev/", strlen("/dev/")) != 0)
        think(&best, proposer, finding, BY_DETAIL, path);
    think(&best, proposer, finding, BY_STACK, frame ? frame->file : NULL);
    think(&best, proposer, finding, BY_DETAIL, path);
    think(&best, proposer, finding, BY_SCOPE, finding->scope);
    if (best.pattern == NULL) /* these hide much that this report knows nothing of */
        think(&best, proposer, finding, BY_STACK, frame ? frame->function : NULL);
    if (best.pattern == NULL)
        think(&best, proposer, finding, BY_STACK, frame ? frame->module : NULL);
    if (best.pattern == NULL)
        think(&best, proposer, finding, BY_STACK, finding->call);
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
    quotation__begin(&quotation, report, options, NULL);
    fputs("# Suppressions for leakwatch --suppressions FILE. Keep what you know of, and say why; mend the rest.\n\n",
          out);
    for (size_t i = 0; i < report->finding_count; i++)
        if (!is_hidden[i])
            put_proposal(&quotation, out, &proposer, &report->findings[i], is_hidden);
    forget(&proposer);
    free(is_hidden);
}
