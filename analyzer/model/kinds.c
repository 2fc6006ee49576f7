/* The kinds of findings. */
#include "kinds.h"

#include <stddef.h>
#include <string.h>

static const struct finding_kind kinds[KINDS] = {
#define KIND(id, name_, level_, about_, look, acquired_, released_, headline_, begun_, ended_, missed_, still_,        \
             title_, what_, mend_)                                                                                     \
    [KIND_##id] = {.name = name_,                                                                                      \
                   .level = level_,                                                                                    \
                   .about = about_,                                                                                    \
                   .acquired = FACT_##acquired_,                                                                       \
                   .released = FACT_##released_,                                                                       \
                   .headline = headline_,                                                                              \
                   .begun = begun_,                                                                                    \
                   .ended = ended_,                                                                                    \
                   .missed = missed_,                                                                                  \
                   .still = still_,                                                                                    \
                   .title = title_,                                                                                    \
                   .what = what_,                                                                                      \
                   .mend = mend_},
#include "kinds.def"
#undef KIND
};

static const char *const levels[LEVELS] = {
    [LEVEL_NOTE] = "note",
    [LEVEL_WARNING] = "warning",
    [LEVEL_ERROR] = "error",
};

const struct finding_kind *kinds__get(enum kind_id id)
{
    return &kinds[id];
}

const struct finding_kind *kinds__find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

enum kind_id kinds__of_leak(uint32_t resource_kind)
{
    if (resource_kind == LW_STREAM_CHILD)
        return KIND_CHILD_LEAK;
    switch (lw_class(resource_kind)) {
    case LW_CLASS_STREAM:
        return KIND_STREAM_LEAK;
    case LW_CLASS_DIR:
        return KIND_DIR_LEAK;
    case LW_CLASS_CHILD:
        return KIND_CHILD_LEAK;
    case LW_CLASS_THREAD:
        return KIND_THREAD_LEAK;
    case LW_CLASS_LOCK:
        return KIND_LOCK_HELD;
    default:
        return KIND_FD_LEAK;
    }
}

bool kinds__has_resource(const struct finding *finding)
{
    return finding->resource.kind != LW_KIND_NONE;
}

const struct finding_kind *kinds__words(const struct finding *finding)
{
    return finding->kind->about & ABOUT_ANY ? &kinds[kinds__of_leak(finding->resource.kind)] : finding->kind;
}

const struct stack *kinds__main_stack(const struct finding *finding)
{
    bool by_release = finding->kind->about & (ABOUT_RELEASE | ABOUT_END) || finding->acquired == NULL;
    return by_release && finding->released != NULL ? finding->released : finding->acquired;
}

const char *level__name(enum level level)
{
    return levels[level];
}

bool level__parse(const char *name, enum level *level)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (strcmp(levels[i], name) == 0) {
            *level = (enum level)i;
            return true;
        }
    }
    return false;
}
