/* Sentences that a finding or a fact brings with it, filled in. */
#include "sentence.h"

#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "finding.h"
#include "model/finding_processes.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "story.h"
#include "symbol/stack.h"

/* What a sentence is about. */
struct subject {
    const struct finding *finding;
    const struct fact *fact; /* NULL: the finding */
};

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static uint64_t count_of(const struct subject *subject)
{
    return subject->fact != NULL ? subject->fact->count : subject->finding->count;
}

static void put_count(const struct page *page, const struct subject *subject)
{
    page__number(page, count_of(subject));
}

static bool are_several(const struct subject *subject)
{
    return count_of(subject) > 1;
}

static void put_several(const struct page *page, const struct subject *subject)
{
    put_count(page, subject);
    fputs(" times", page->out);
}

static void put_times(const struct page *page, const struct subject *subject)
{
    if (count_of(subject) == 1)
        fputs("once", page->out);
    else
        put_several(page, subject);
}

static void put_noun(const struct page *page, const struct subject *subject)
{
    uint32_t resource = subject->fact != NULL ? subject->fact->resource : subject->finding->resource.kind;
    fputs(resource__noun(resource, count_of(subject)), page->out);
}

static void put_one(const struct page *page, const struct subject *subject)
{
    fprintf(page->out, "a %s", resource__noun(subject->finding->resource.kind, 1));
}

static void put_fate(const struct page *page, const struct subject *subject)
{
    text_finding__fate(page, subject->finding);
}

static void put_begun(const struct page *page, const struct subject *subject)
{
    const struct fact *fact = subject->fact;
    fputs(fact != NULL ? kinds__get(kinds__of_leak(fact->resource))->begun : kinds__words(subject->finding)->begun,
          page->out);
}

static const char *call_of(const struct subject *subject)
{
    return subject->fact != NULL ? subject->fact->call : subject->finding->call;
}

static bool has_call(const struct subject *subject)
{
    return call_of(subject) != NULL;
}

static void put_call(const struct page *page, const struct subject *subject)
{
    page__call(page, call_of(subject));
}

static int error_of(const struct subject *subject)
{
    return subject->fact != NULL ? subject->fact->error : subject->finding->error;
}

static bool has_error(const struct subject *subject)
{
    return error_of(subject) != 0;
}

static void put_error(const struct page *page, const struct subject *subject)
{
    const char *name = errno_name(error_of(subject));
    fputs(name ? name : strerror(error_of(subject)), page->out);
}

static bool is_files(const struct subject *subject)
{
    return error_of(subject) == ENFILE;
}

static void put_files(const struct page *page, const struct subject *subject)
{
    (void)subject;
    fputs("the system's table of files was full", page->out);
}

static bool has_scope(const struct subject *subject)
{
    return subject->finding->scope != NULL;
}

static void put_scope(const struct page *page, const struct subject *subject)
{
    text_story__name(page, subject->finding->scope);
}

/* Of what nobody was seen to open, only what was there as its process was attached to has an age. */
static bool was_before(const struct subject *subject)
{
    return subject->finding->age_seconds >= 0;
}

static void put_before(const struct page *page, const struct subject *subject)
{
    char duration[WORDS];
    bool is_one = finding_processes__count(subject->finding, page->report->processes) == 1;
    fputs(is_one ? " since before it was watched" : " since before they were watched", page->out);
    if (subject->finding->age_seconds >= WORDS_SHORTEST && !page->options->stable)
        fprintf(page->out, ", at least %s%s", words__duration(duration, subject->finding->age_seconds),
                is_one ? "" : " in one");
}

static void put_them(const struct page *page, const struct subject *subject)
{
    fputs(words__plural(count_of(subject), "it", "them"), page->out);
}

static bool has_later(const struct subject *subject)
{
    return subject->finding->later != NULL;
}

static void put_later(const struct page *page, const struct subject *subject)
{
    page__words(page, subject->finding->later);
}

static bool was_released(const struct subject *subject)
{
    return subject->finding->released != NULL;
}

static const struct frame *frame_of(const struct subject *subject)
{
    const struct fact *fact = subject->fact;
    if (fact == NULL)
        return stack__user_frame(kinds__main_stack(subject->finding));
    return fact->place != NULL ? fact->place : stack__user_frame(fact->stack);
}

static bool has_place(const struct subject *subject)
{
    return frame_of(subject) != NULL;
}

static void put_at(const struct page *page, const struct subject *subject)
{
    if (!has_place(subject))
        return;
    fputs(" at ", page->out);
    page__place(page, frame_of(subject));
}

static void put_in(const struct page *page, const struct subject *subject)
{
    const struct frame *frame = frame_of(subject);
    if (frame == NULL || frame->function == NULL)
        return;
    fputs(" in ", page->out);
    page__text(page, frame->function);
}

/* Where nothing is known of the place, the program. */
static void put_where(const struct page *page, const struct subject *subject)
{
    if (!has_place(subject)) {
        fputs(" in ", page->out);
        page__text(page, text_finding__program(page, subject->finding));
        return;
    }
    fputs(" at ", page->out);
    page__ink(page, INK_STRONG);
    page__place(page, frame_of(subject));
    page__ink(page, INK_PLAIN);
    put_in(page, subject);
}

static bool has_text(const struct subject *subject)
{
    return subject->fact != NULL && subject->fact->text != NULL;
}

static void put_text(const struct page *page, const struct subject *subject)
{
    if (facts__kind(subject->fact->id)->parts & HAS_WORDS)
        fputs(subject->fact->text, page->out);
    else
        page__text(page, subject->fact->text);
}

static void put_threads(const struct page *page, const struct subject *subject)
{
    const struct fact *fact = subject->fact;
    if (has_text(subject)) {
        page__text(page, fact->text);
        return;
    }
    if (fact->count == 1) {
        fputs("one thread", page->out);
        return;
    }
    if (fact->count > 0) {
        page__number(page, fact->count);
        putc(' ', page->out);
    }
    fputs("threads", page->out);
}

static bool has_story(const struct subject *subject)
{
    return finding__fact(subject->finding, FACT_LEFT) != NULL;
}

static void put_story(const struct page *page, const struct subject *subject)
{
    text_story__left(page, subject->finding);
}

static void put_ended(const struct page *page, const struct subject *subject)
{
    fputs(kinds__words(subject->finding)->ended, page->out);
}

static bool is_late(const struct subject *subject)
{
    return subject->fact != NULL && subject->fact->id == FACT_LATE;
}

static void put_delay(const struct page *page, const struct subject *subject)
{
    text_story__delay(page, subject->finding, subject->fact);
}

static void put_scopes(const struct page *page, const struct subject *subject)
{
    fputs(count_of(subject) == 1 ? "its scope" : "their scopes", page->out);
}

static bool has_rest(const struct subject *subject)
{
    return subject->finding->count > count_of(subject);
}

static void put_rest(const struct page *page, const struct subject *subject)
{
    page__number(page, subject->finding->count - count_of(subject));
}

static const struct word {
    const char *name;
    bool (*is_known)(const struct subject *subject); /* NULL: always */
    void (*put)(const struct page *page, const struct subject *subject);
} words[] = {
    {"count", NULL, put_count},            /* "3" */
    {"times", NULL, put_times},            /* "once", "3 times" */
    {"several", are_several, put_several}, /* "3 times"; nothing of one */
    {"noun", NULL, put_noun},              /* "sockets" */
    {"one", NULL, put_one},                /* "a mutex", however often */
    {"fate", NULL, put_fate},              /* "never closed", "held to the end" */
    {"begun", NULL, put_begun},            /* "opened" */
    {"call", has_call, put_call},
    {"error", has_error, put_error},    /* "ENOSPC" */
    {"files", is_files, put_files},     /* of ENFILE: that it is about the system's table */
    {"later", has_later, put_later},    /* its sentence more */
    {"before", was_before, put_before}, /* " since before it was watched, at least 50 s" */
    {"them", NULL, put_them},           /* "it" */
    {"released", was_released, NULL},
    {"scope", has_scope, put_scope}, /* its own name, without those around it */
    {"at", has_place, put_at},       /* " at conn.c:41" */
    {"in", NULL, put_in},            /* " in take" */
    {"where", NULL, put_where},      /* " at conn.c:41 in take" */
    {"text", has_text, put_text},    /* the fact's */
    {"threads", NULL, put_threads},  /* "thread "worker-3"", "12 threads" */
    {"story", has_story, put_story}, /* "in 3 of 20 request: 3 files never closed" */
    {"ended", NULL, put_ended},      /* "closed" */
    {"delay", is_late, put_delay},   /* "2.1 s ", after the end of its scope */
    {"scopes", NULL, put_scopes},    /* "its scope", "their scopes" */
    {"rest", has_rest, put_rest},    /* how many more the finding has */
};

/* ---- Grammar ----------------------------------------------------------------------------------------------------- */

/* "{word|other}". */
struct token {
    const struct word *word; /* NULL: it is the name of a fact */
    enum fact_id fact;
    const char *other; /* NULL: none */
    size_t other_length;
    char sign;       /* '?', '!' or '\0' */
    const char *end; /* behind it; NULL: it does not end */
};

static const struct word *find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].name) == length && memcmp(words[i].name, name, length) == 0)
            return &words[i];
    return NULL;
}

/* `at` stands on its '{'. */
static struct token token_at(const char *at)
{
    struct token token = {.sign = at[1] == '?' || at[1] == '!' ? at[1] : '\0'};
    const char *name = at + (token.sign != '\0' ? 2 : 1);
    size_t length = strcspn(name, "|}[]{");
    const char *end = name + length;
    token.word = find(name, length);
    token.fact = facts__find(name, length);
    if (*end == '|') {
        token.other = ++end;
        token.other_length = strcspn(end, "}[]{");
        end += token.other_length;
    }
    token.end = *end == '}' ? end + 1 : NULL;
    return token;
}

static bool is_known(const struct token *token, const struct subject *subject)
{
    if (token->word == NULL)
        return finding__fact(subject->finding, token->fact) != NULL;
    return token->word->is_known == NULL || token->word->is_known(subject);
}

static void put_known(const struct page *page, const struct token *token, const struct subject *subject)
{
    if (token->word != NULL) {
        token->word->put(page, subject);
        return;
    }
    const struct subject other = {subject->finding, finding__fact(subject->finding, token->fact)};
    if (has_text(&other))
        put_text(page, &other);
    else
        put_count(page, &other);
}

static void put_token(const struct page *page, const struct token *token, const struct subject *subject)
{
    if (token->sign != '\0')
        return;
    if (is_known(token, subject))
        put_known(page, token, subject);
    else if (token->other != NULL)
        fwrite(token->other, 1, token->other_length, page->out);
}

static bool is_told(const char *part, const char *end, const struct subject *subject)
{
    for (const char *at = part; (at = memchr(at, '{', (size_t)(end - at))) != NULL;) {
        struct token token = token_at(at);
        if (token.other == NULL && is_known(&token, subject) == (token.sign == '!'))
            return false;
        at = token.end;
    }
    return true;
}

static void put_part(const struct page *page, const char *part, const char *end, const struct subject *subject)
{
    while (part < end) {
        const char *at = memchr(part, '{', (size_t)(end - part));
        fwrite(part, 1, (size_t)((at ? at : end) - part), page->out);
        if (at == NULL)
            return;
        struct token token = token_at(at);
        put_token(page, &token, subject);
        part = token.end;
    }
}

void page__sentence(const struct page *page, const char *sentence, const struct finding *finding,
                    const struct fact *fact)
{
    const struct subject subject = {finding, fact};
    for (const char *at = sentence, *end; *at != '\0'; at = end) {
        bool is_bracket = *at == '[';
        const char *part = at + is_bracket;
        end = part + strcspn(part, is_bracket ? "]" : "[");
        if (!is_bracket || is_told(part, end, &subject))
            put_part(page, part, end, &subject);
        end += is_bracket && *end == ']';
    }
}

static bool is_sound(const struct token *token)
{
    if (token->end == NULL || (token->word == NULL && token->fact == FACT_NONE))
        return false;
    if (token->sign != '\0')
        return true;
    return token->word != NULL ? token->word->put != NULL
                               : facts__kind(token->fact)->parts & (HAS_WORDS | HAS_TEXT | HAS_COUNT);
}

bool sentence__is_sound(const char *sentence)
{
    bool is_inside = false;
    for (const char *at = sentence; *at != '\0'; at++) {
        if (*at == '[' || *at == ']') {
            if (is_inside == (*at == '['))
                return false;
            is_inside = !is_inside;
        } else if (*at == '{') {
            struct token token = token_at(at);
            if (!is_sound(&token))
                return false;
            at = token.end - 1;
        } else if (*at == '}') {
            return false;
        }
    }
    return !is_inside;
}
