/* Lists of findings that are known and not to be told. */
#include "suppressions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/table.h"
#include "chain.h"
#include "model/kinds.h"
#include "pattern.h"

struct verdict {
    const char *text; /* the key is its address */
    size_t *rules;    /* the rules that match it, of those on code and on callers */
    size_t count, room;
    UT_hash_handle hh;
};

struct suppressions {
    struct pool *pool;
    struct verdict *verdicts;
    struct suppression *rules; /* in the order in which they were read */
    size_t count, room;
};

static const char blanks[] = " \t\r";
static const char built_in_list[] = "built-in";

static int fail(struct suppressions_error *error, const char *list, unsigned line, const char *what, const char *rule)
{
    snprintf(
        error->text, sizeof error->text,
        "%s:%u: %s: \"%.100s\"; a rule is kind:pattern, or @detail, @scope, @caller or @stack between kind and colon",
        list, line, what, rule);
    return -1;
}

static void add_rule(struct suppressions *suppressions, const struct suppression *rule)
{
    suppressions->rules =
        heap__room(suppressions->rules, suppressions->count, &suppressions->room, sizeof(struct suppression));
    suppressions->rules[suppressions->count++] = *rule;
}

/* "fd-leak", "fd-leak@detail", "*@scope" …: -1 for anything else. */
static int parse_kind(const char *text, size_t length, struct suppression *rule)
{
    static const char *const endings[] = {[SUPPRESS_BY_DETAIL] = "@detail",
                                          [SUPPRESS_BY_SCOPE] = "@scope",
                                          [SUPPRESS_BY_CALLER] = "@caller",
                                          [SUPPRESS_BY_STACK] = "@stack"};
    for (size_t i = SUPPRESS_BY_DETAIL; i <= SUPPRESS_BY_STACK; i++) {
        size_t ending = strlen(endings[i]);
        if (length <= ending || strncmp(text + length - ending, endings[i], ending) != 0)
            continue;
        rule->subject = (enum suppression_subject)i;
        length -= ending;
        break;
    }
    if (length == 1 && text[0] == '*')
        return 0;
    char *name = strndup(text, length);
    rule->kind = name ? kinds__find(name) : NULL;
    free(name);
    return rule->kind ? 0 : -1;
}

/* One line, without its newline; blanks around it and comments are cut off here. */
static int read_line(struct suppressions *suppressions, const char *list, unsigned number, char *line,
                     struct suppressions_error *error)
{
    line += strspn(line, blanks);
    size_t length = strlen(line);
    while (length > 0 && strchr(blanks, line[length - 1]) != NULL)
        line[--length] = '\0';
    if (length == 0 || line[0] == '#')
        return 0;
    struct suppression rule = {.text = pool__text(suppressions->pool, line),
                               .list = pool__text(suppressions->pool, list),
                               .line = number,
                               .is_built_in = list == built_in_list};
    const char *colon = strchr(rule.text, ':');
    if (colon == NULL)
        return fail(error, list, number, "no colon", rule.text);
    if (parse_kind(rule.text, (size_t)(colon - rule.text), &rule) != 0)
        return fail(error, list, number, "unknown kind of finding", rule.text);
    rule.pattern = colon + 1;
    if (rule.pattern[strspn(rule.pattern, "^$")] == '\0')
        return fail(error, list, number, "empty pattern", rule.text);
    add_rule(suppressions, &rule);
    return 0;
}

int suppressions__read_text(struct suppressions *suppressions, const char *list, const char *text,
                            struct suppressions_error *error)
{
    char *copy = heap__copied(text), *rest = copy, *line;
    int result = 0;
    for (unsigned number = 1; result == 0 && (line = strsep(&rest, "\n")) != NULL; number++)
        result = read_line(suppressions, list, number, line, error);
    free(copy);
    return result;
}

int suppressions__read_file(struct suppressions *suppressions, const char *path, struct suppressions_error *error)
{
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error->text, sizeof error->text, "%s: %s; name a file of suppressions", path, strerror(errno));
        return -1;
    }
    errno = 0;
    for (unsigned number = 1; result == 0 && getline(&line, &room, file) >= 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        result = read_line(suppressions, path, number, line, error);
    }
    if (result == 0 && ferror(file)) {
        snprintf(error->text, sizeof error->text, "%s: %s; name a file of suppressions", path, strerror(errno));
        result = -1;
    }
    free(line);
    fclose(file);
    return result;
}

void suppressions__read_built_in(struct suppressions *suppressions)
{
    struct suppressions_error error;
    if (suppressions__read_text(suppressions, built_in_list, suppressions_built_in, &error) != 0)
        abort(); /* a test reads the list */
}

struct suppressions *suppressions__new(void)
{
    struct suppressions *suppressions = heap__zeroed(1, sizeof(*suppressions));
    suppressions->pool = pool__new();
    return suppressions;
}

void suppressions__free(struct suppressions *suppressions)
{
    if (suppressions == NULL)
        return;
    struct verdict *verdict, *next;
    HASH_ITER(hh, suppressions->verdicts, verdict, next) {
        HASH_DEL(suppressions->verdicts, verdict);
        free(verdict->rules);
        free(verdict);
    }
    pool__free(suppressions->pool);
    free(suppressions->rules);
    free(suppressions);
}

static bool is_about(const struct suppression *rule, const struct finding_kind *kind, enum suppression_subject subject)
{
    return rule->subject == subject && (rule->kind == NULL || rule->kind == kind);
}

static const struct suppression *find(struct suppressions *suppressions, const struct finding_kind *kind,
                                      enum suppression_subject subject, const char *text)
{
    const struct suppression *first = NULL;
    for (size_t i = 0; i < suppressions->count; i++) {
        struct suppression *rule = &suppressions->rules[i];
        if (!is_about(rule, kind, subject) || !pattern__matches(rule->pattern, text))
            continue;
        rule->used = true;
        first = first ? first : rule;
    }
    return first;
}

const struct suppression *suppressions__find_detail(struct suppressions *suppressions, const struct finding_kind *kind,
                                                    const char *detail)
{
    return find(suppressions, kind, SUPPRESS_BY_DETAIL, detail);
}

const struct suppression *suppressions__find_scope(struct suppressions *suppressions, const struct finding_kind *kind,
                                                   const char *path)
{
    return find(suppressions, kind, SUPPRESS_BY_SCOPE, path);
}

/* Which rules match a text. Frames share their texts, so they are asked about again and again. */
static const struct verdict *judge(struct suppressions *suppressions, const char *text)
{
    struct verdict *verdict;
    HASH_FIND_PTR(suppressions->verdicts, &text, verdict);
    if (verdict != NULL)
        return verdict;
    verdict = heap__zeroed(1, sizeof(*verdict));
    verdict->text = text;
    for (size_t i = 0; i < suppressions->count; i++) {
        const struct suppression *rule = &suppressions->rules[i];
        bool is_on_code = rule->subject == SUPPRESS_BY_CODE || rule->subject == SUPPRESS_BY_CALLER;
        if (!is_on_code || !pattern__matches(rule->pattern, text))
            continue;
        verdict->rules = heap__room(verdict->rules, verdict->count, &verdict->room, sizeof(size_t));
        verdict->rules[verdict->count++] = i;
    }
    HASH_ADD_PTR(suppressions->verdicts, text, verdict);
    return verdict;
}

/* Marks the rules about this kind that match the text, and keeps the first of all in `first`. */
static void find_text(struct suppressions *suppressions, const struct finding_kind *kind,
                      enum suppression_subject subject, const char *text, const struct suppression **first)
{
    const struct verdict *verdict = text ? judge(suppressions, text) : NULL;
    for (size_t i = 0; verdict != NULL && i < verdict->count; i++) {
        struct suppression *rule = &suppressions->rules[verdict->rules[i]];
        if (!is_about(rule, kind, subject))
            continue;
        rule->used = true;
        if (*first == NULL || rule < *first)
            *first = rule;
    }
}

static void find_frame(struct suppressions *suppressions, const struct finding_kind *kind,
                       enum suppression_subject subject, const struct frame *frame, const struct suppression **first)
{
    const char *last = frame__short_name(frame);
    find_text(suppressions, kind, subject, frame->function, first);
    if (last != frame->function)
        find_text(suppressions, kind, subject, last, first);
    find_text(suppressions, kind, subject, frame->file, first);
    find_text(suppressions, kind, subject, frame->module, first);
}

static void find_chain(struct suppressions *suppressions, const struct finding_kind *kind, const struct stack *stack,
                       const struct suppression **first)
{
    for (size_t i = 0; i < suppressions->count; i++) {
        struct suppression *rule = &suppressions->rules[i];
        if (!is_about(rule, kind, SUPPRESS_BY_STACK) || !chain__matches(rule->pattern, stack))
            continue;
        rule->used = true;
        if (*first == NULL || rule < *first)
            *first = rule;
    }
}

/* Who calls: of an interpreted program the line, too, in whose name the interpreter does. */
static void find_callers(struct suppressions *suppressions, const struct finding_kind *kind, const struct stack *stack,
                         const struct suppression **first)
{
    bool is_interpreter = true;
    for (size_t i = 0; i < stack->count && is_interpreter; i++) {
        is_interpreter = stack__role(stack, stack->frames[i]) == ROLE_INTERPRETER;
        find_frame(suppressions, kind, SUPPRESS_BY_CALLER, stack->frames[i], first);
    }
}

static void find_frames(struct suppressions *suppressions, const struct finding_kind *kind, const struct stack *stack,
                        const struct suppression **first)
{
    if (stack != NULL)
        find_callers(suppressions, kind, stack, first);
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        find_frame(suppressions, kind, SUPPRESS_BY_CODE, stack->frames[i], first);
}

const struct suppression *suppressions__find_stack(struct suppressions *suppressions, const struct finding_kind *kind,
                                                   const char *call, const struct stack *stack)
{
    const struct suppression *first = NULL;
    find_text(suppressions, kind, SUPPRESS_BY_CODE, call, &first);
    find_frames(suppressions, kind, stack, &first);
    find_chain(suppressions, kind, stack, &first);
    return first;
}

const struct suppression *suppressions__find_acquisition(struct suppressions *suppressions,
                                                         const struct finding_kind *kind, const struct stack *stack)
{
    const struct suppression *first = NULL;
    find_frames(suppressions, kind, stack, &first);
    return first;
}

const struct suppression *suppressions__get(const struct suppressions *suppressions, size_t number)
{
    return suppressions != NULL && number < suppressions->count ? &suppressions->rules[number] : NULL;
}
