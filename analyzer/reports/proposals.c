/* Lines for a file of suppressions that would set aside what was found: --print-suppressions.
 *
 * DESIGN. A line names the innermost function that is the user's own, unless that is main, which stands in all stacks; or
 * else the file, the module, the call: the first of these that is known. What such a line would hide besides is said beside it, and gets no line of its own. Whatever
 * could be more than a plain character in a pattern, or end the line, becomes *. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../heap.h"
#include "../stacks.h"
#include "../suppressions.h"
#include "quotation.h"

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

static const char *subject_of(const struct finding *finding)
{
    const struct frame *frame = stack__user_frame(finding->acquired);
    bool is_telling = frame != NULL && frame->function != NULL && strcmp(frame->function, "main") != 0;
    const char *const subjects[] = {is_telling ? frame->function : NULL, frame ? frame->file : NULL,
                                    frame ? frame->module : NULL, finding->call};
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (subjects[i] != NULL && subjects[i][0] != '\0')
            return subjects[i];
    return NULL;
}

static bool hides_text(const char *pattern, const char *text)
{
    return text != NULL && pattern__matches(pattern, text);
}

/* As suppressions__find_stack looks. */
static bool hides(const char *pattern, const char *kind, const struct finding *finding)
{
    const struct stack *stack = finding->acquired;
    if (strcmp(kind, finding->kind) != 0)
        return false;
    if (hides_text(pattern, finding->call))
        return true;
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (hides_text(pattern, stack->frames[i]->function) || hides_text(pattern, stack->frames[i]->file) ||
            hides_text(pattern, stack->frames[i]->module))
            return true;
    return false;
}

static void put_comment(struct quotation *quotation, FILE *out, const struct finding *finding)
{
    char *headline = quotation__headline(quotation, finding);
    fprintf(out, "# %s\n", headline);
    free(headline);
}

static void put_proposal(struct quotation *quotation, FILE *out, const struct finding *finding, bool *is_hidden)
{
    const struct report *report = quotation->page.report;
    const char *subject = subject_of(finding);
    char *pattern = subject != NULL ? pattern_of(subject) : NULL;
    for (size_t i = 0; pattern != NULL && i < report->finding_count; i++) {
        if (is_hidden[i] || !hides(pattern, finding->kind, &report->findings[i]))
            continue;
        is_hidden[i] = true;
        put_comment(quotation, out, &report->findings[i]);
    }
    if (pattern != NULL) {
        fprintf(out, "%s:%s\n\n", finding->kind, pattern);
    } else {
        put_comment(quotation, out, finding);
        fputs("# neither its stack nor its call is known: kind@detail:pattern may say what it is\n\n", out);
    }
    free(pattern);
}

void proposals__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    bool *is_hidden = heap__zeroed(report->finding_count, sizeof(*is_hidden));
    quotation__begin(&quotation, report, options, NULL);
    fputs("# Suppressions for leakwatch --suppressions FILE. Keep what you know of, and say why; mend the rest.\n\n",
          out);
    for (size_t i = 0; i < report->finding_count; i++)
        if (!is_hidden[i])
            put_proposal(&quotation, out, &report->findings[i], is_hidden);
    free(is_hidden);
}
