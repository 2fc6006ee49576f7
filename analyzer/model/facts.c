/* The facts that findings carry. */
#include "facts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "finding.h"

static const struct fact_kind kinds[FACTS] = {
#define FACT(id, name_, parts_, sentence_) [FACT_##id] = {.name = name_, .parts = parts_, .sentence = sentence_},
#define LIST(id, name_, sentence_, item_)                                                                              \
    [FACT_##id] = {.name = name_, .parts = HAS_ITEMS, .sentence = sentence_, .item = item_},
#define STACK(id, name_, parts_, sentence_, shown_, title_, here_, label_)                                             \
    [FACT_##id] = {.name = name_,                                                                                      \
                   .parts = parts_,                                                                                    \
                   .sentence = sentence_,                                                                              \
                   .shown = SHOWN_##shown_,                                                                            \
                   .title = title_,                                                                                    \
                   .here = here_,                                                                                      \
                   .label = label_},
#include "facts.def"
#undef FACT
#undef STACK
#undef LIST
};

const struct fact_kind *facts__kind(enum fact_id id)
{
    return &kinds[id];
}

struct fact fact__of_item(const struct item *item)
{
    return (struct fact){
        .text = item->text, .call = item->call, .count = item->count, .resource = item->resource, .stack = item->stack};
}

enum fact_id facts__find(const char *name, size_t length)
{
    for (enum fact_id id = FACT_NONE + 1; id < FACTS; id++)
        if (strlen(kinds[id].name) == length && memcmp(kinds[id].name, name, length) == 0)
            return id;
    return FACT_NONE;
}

void finding__add_fact(struct finding *finding, const struct fact *fact)
{
    size_t at = finding->fact_count;
    finding->facts = heap__room(finding->facts, at, &finding->fact_room, sizeof(struct fact));
    for (; at > 0 && finding->facts[at - 1].id > fact->id; at--)
        finding->facts[at] = finding->facts[at - 1];
    finding->facts[at] = *fact;
    finding->fact_count++;
}

void finding__clear_facts(struct finding *finding)
{
    for (size_t i = 0; i < finding->fact_count; i++)
        free(finding->facts[i].items);
    free(finding->facts);
}

const struct fact *finding__fact(const struct finding *finding, enum fact_id id)
{
    for (size_t i = 0; i < finding->fact_count; i++)
        if (finding->facts[i].id == id)
            return &finding->facts[i];
    return NULL;
}

uint64_t finding__count(const struct finding *finding, enum fact_id id)
{
    const struct fact *fact = finding__fact(finding, id);
    return fact != NULL ? fact->count : 0;
}

const char *finding__text(const struct finding *finding, enum fact_id id)
{
    const struct fact *fact = finding__fact(finding, id);
    return fact != NULL ? fact->text : NULL;
}

static const struct stack *stack_of(const struct finding *finding, enum fact_id id)
{
    const struct fact *fact = finding__fact(finding, id);
    return fact != NULL ? fact->stack : NULL;
}

const struct stack *finding__first_release(const struct finding *finding)
{
    const struct stack *stack = stack_of(finding, FACT_FIRST_RELEASE);
    return stack != NULL ? stack : stack_of(finding, FACT_CLOSE);
}

const struct fact *finding__holders(const struct finding *finding)
{
    const struct fact *fact = finding__fact(finding, FACT_HOLDERS);
    return fact != NULL ? fact : finding__fact(finding, FACT_YOUNGER);
}
