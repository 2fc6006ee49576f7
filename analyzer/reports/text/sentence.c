/* Sentences that a finding brings with it, filled in. */
#include "sentence.h"

#include <errno.h>
#include <string.h>

#include "finding.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "story.h"
#include "symbol/stacks.h"

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static void put_count(const struct page *page, const struct finding *finding)
{
    page__number(page, finding->count);
}

static bool are_several(const struct finding *finding)
{
    return finding->count > 1;
}

static void put_several(const struct page *page, const struct finding *finding)
{
    page__number(page, finding->count);
    fputs(" times", page->out);
}

static void put_times(const struct page *page, const struct finding *finding)
{
    if (finding->count == 1)
        fputs("once", page->out);
    else
        put_several(page, finding);
}

static void put_noun(const struct page *page, const struct finding *finding)
{
    fputs(resource__noun(finding->resource.kind, finding->count), page->out);
}

static void put_begun(const struct page *page, const struct finding *finding)
{
    fputs(kinds__words(finding)->begun, page->out);
}

static bool has_call(const struct finding *finding)
{
    return finding->call != NULL;
}

static void put_call(const struct page *page, const struct finding *finding)
{
    page__call(page, finding->call);
}

static bool has_error(const struct finding *finding)
{
    return finding->error != 0;
}

static void put_error(const struct page *page, const struct finding *finding)
{
    const char *name = errno_name(finding->error);
    fputs(name ? name : strerror(finding->error), page->out);
}

static bool has_scope(const struct finding *finding)
{
    return finding->scope != NULL;
}

static void put_scope(const struct page *page, const struct finding *finding)
{
    text_story__name(page, finding->scope);
}

static bool has_later(const struct finding *finding)
{
    return finding->later != NULL;
}

static void put_later(const struct page *page, const struct finding *finding)
{
    page__text(page, finding->later);
}

static bool was_released(const struct finding *finding)
{
    return finding->released != NULL;
}

static bool has_place(const struct finding *finding)
{
    return stack__user_frame(kinds__main_stack(finding)) != NULL;
}

static void put_place(const struct page *page, const struct finding *finding)
{
    fputs(" at ", page->out);
    page__ink(page, INK_STRONG);
    page__place(page, stack__user_frame(kinds__main_stack(finding)));
    page__ink(page, INK_PLAIN);
}

/* Where nothing is known of the place, the program. */
static void put_where(const struct page *page, const struct finding *finding)
{
    const struct frame *frame = stack__user_frame(kinds__main_stack(finding));
    if (frame != NULL)
        put_place(page, finding);
    if (frame != NULL && frame->function == NULL)
        return;
    fputs(" in ", page->out);
    page__text(page, frame != NULL ? frame->function : text_finding__program(page, finding));
}

static bool was_table_of_files(const struct finding *finding)
{
    return finding->error == ENFILE;
}

static void put_table_of_files(const struct page *page, const struct finding *finding)
{
    (void)finding;
    fputs("the system's table of files was full", page->out);
}

static bool has_said(const struct finding *finding)
{
    return finding->wrong.said != NULL;
}

static void put_said(const struct page *page, const struct finding *finding)
{
    fputs(finding->wrong.said, page->out);
}

static void put_called(const struct page *page, const struct finding *finding)
{
    page__text(page, finding->wrong.said);
}

/* What the verdict makes of a failure. */
static const struct judgement {
    const char *verdict, *text;
} judgements[] = {
    {"ignored", "and nobody looked"},
    {"checked_some_paths", "which is looked at on some paths only"},
    {"unknown", "and whether anybody looked cannot be told"},
};

static const char *judgement_of(const struct finding *finding)
{
    for (size_t i = 0; i < sizeof judgements / sizeof judgements[0]; i++)
        if (finding->verdict != NULL && strcmp(judgements[i].verdict, finding->verdict) == 0)
            return judgements[i].text;
    return NULL;
}

static bool is_judged(const struct finding *finding)
{
    return judgement_of(finding) != NULL;
}

static void put_judgement(const struct page *page, const struct finding *finding)
{
    fputs(judgement_of(finding), page->out);
}

static bool has_imbalance(const struct finding *finding)
{
    return finding->imbalance != NULL;
}

static void put_imbalance(const struct page *page, const struct finding *finding)
{
    fputs(finding->imbalance->text, page->out);
}

static bool has_story(const struct finding *finding)
{
    return finding->story != NULL;
}

static const struct word {
    const char *name;
    bool (*is_known)(const struct finding *finding); /* NULL: always */
    void (*put)(const struct page *page, const struct finding *finding);
} words[] = {
    {"count", NULL, put_count},            /* "3" */
    {"times", NULL, put_times},            /* "once", "3 times" */
    {"several", are_several, put_several}, /* "3 times"; nothing of one */
    {"noun", NULL, put_noun},              /* "sockets" */
    {"fate", NULL, text_finding__fate},    /* "never closed", "held to the end" */
    {"begun", NULL, put_begun},            /* "opened" */
    {"call", has_call, put_call},
    {"error", has_error, put_error}, /* "ENOSPC" */
    {"later", has_later, put_later}, /* its sentence more */
    {"released", was_released, NULL},
    {"scope", has_scope, put_scope},  /* its own name, without those around it */
    {"at", has_place, put_place},     /* " at conn.c:41" */
    {"where", NULL, put_where},       /* " at conn.c:41 in take" */
    {"said", has_said, put_said},     /* "closed twice" */
    {"called", has_said, put_called}, /* "close(-1)" */
    {"limit", was_table_of_files, put_table_of_files},
    {"judged", is_judged, put_judgement},  /* "and nobody looked" */
    {"how", has_imbalance, put_imbalance}, /* "was left by longjmp" */
    {"left", has_story, text_story__left}, /* "in 3 of 20 request: 3 files never closed" */
    {"parts", text_finding__has_parts, NULL},
};

/* ---- Grammar ----------------------------------------------------------------------------------------------------- */

/* "{word|other}", as it stands between from and its end. */
struct token {
    const struct word *word; /* NULL: there is none of this name */
    const char *other;       /* NULL: none */
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
    if (*end == '|') {
        token.other = ++end;
        token.other_length = strcspn(end, "}[]{");
        end += token.other_length;
    }
    token.end = *end == '}' ? end + 1 : NULL;
    return token;
}

static bool is_known(const struct token *token, const struct finding *finding)
{
    return token->word->is_known == NULL || token->word->is_known(finding);
}

static void put_token(const struct page *page, const struct token *token, const struct finding *finding)
{
    if (token->sign != '\0')
        return;
    if (is_known(token, finding))
        token->word->put(page, finding);
    else if (token->other != NULL)
        fwrite(token->other, 1, token->other_length, page->out);
}

static bool is_told(const char *part, const char *end, const struct finding *finding)
{
    for (const char *at = part; (at = memchr(at, '{', (size_t)(end - at))) != NULL;) {
        struct token token = token_at(at);
        if (token.other == NULL && is_known(&token, finding) == (token.sign == '!'))
            return false;
        at = token.end;
    }
    return true;
}

static void put_part(const struct page *page, const char *part, const char *end, const struct finding *finding)
{
    while (part < end) {
        size_t plain = strcspn(part, "{");
        plain = plain < (size_t)(end - part) ? plain : (size_t)(end - part);
        fwrite(part, 1, plain, page->out);
        part += plain;
        if (part == end)
            return;
        struct token token = token_at(part);
        put_token(page, &token, finding);
        part = token.end;
    }
}

void page__sentence(const struct page *page, const char *sentence, const struct finding *finding)
{
    for (const char *at = sentence, *end; *at != '\0'; at = end) {
        bool is_bracket = *at == '[';
        const char *part = at + is_bracket;
        end = part + strcspn(part, is_bracket ? "]" : "[");
        if (!is_bracket || is_told(part, end, finding))
            put_part(page, part, end, finding);
        end += is_bracket && *end == ']';
    }
}

void page__line(const struct page *page, const char *sentence, const struct finding *finding)
{
    fputs("  ", page->out);
    page__sentence(page, sentence, finding);
    putc('\n', page->out);
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
            if (token.word == NULL || token.end == NULL || (token.sign == '\0' && token.word->put == NULL))
                return false;
            at = token.end - 1;
        } else if (*at == '}') {
            return false;
        }
    }
    return !is_inside;
}
