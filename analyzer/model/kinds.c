/* The kinds of findings. */
#include "kinds.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const struct finding_kind kinds[KINDS] = {
    [KIND_FD_LEAK]      = {"fd-leak",      LEVEL_ERROR, "opened",  "closed",     "never closed", false},
    [KIND_STREAM_LEAK]  = {"stream-leak",  LEVEL_ERROR, "opened",  "closed",     "never closed", false},
    [KIND_DIR_LEAK]     = {"dir-leak",     LEVEL_ERROR, "opened",  "closed",     "never closed", false},
    [KIND_CHILD_LEAK]   = {"child-leak",   LEVEL_ERROR, "started", "waited for", "never waited for", false},
    [KIND_FD_EXHAUSTED] = {"fd-exhausted", LEVEL_ERROR, "failed",  "closed",     "failed: no descriptor was left", false},
    [KIND_INHERITED_FD] = {"inherited-fd", LEVEL_NOTE,  "opened",  "closed",     "inherited by another program", false},
    [KIND_UNTRACKED_FD] = {"untracked-fd", LEVEL_NOTE,  "opened",  "closed",     "open, but nobody was seen to open", false},
    [KIND_SCOPE_LEAK]   = {"scope-leak",   LEVEL_ERROR, "acquired", "given back", "still held when their scope ended", false},
    [KIND_UNBALANCED_SCOPE] = {"unbalanced-scope", LEVEL_WARNING, "begun", "ended", "did not end as it began", false},
    [KIND_RELEASE_ORDER] = {"release-order", LEVEL_NOTE, "acquired", "given back", "given back out of order", false},
    [KIND_DOUBLE_CLOSE]    = {"double-close",    LEVEL_ERROR,   "opened", "closed", "closed twice", true},
    [KIND_USE_AFTER_CLOSE] = {"use-after-close", LEVEL_ERROR,   "opened", "closed", "used after being closed", true},
    [KIND_INVALID_RELEASE] = {"invalid-release", LEVEL_WARNING, "opened", "closed", "released what is nothing", true},
    [KIND_FOREIGN_CLOSE]   = {"foreign-close",   LEVEL_ERROR,   "opened", "closed", "closed by somebody else", true},
    [KIND_CLOBBERED_FD]    = {"clobbered-fd",    LEVEL_WARNING, "opened", "closed", "replaced while open", true},
    [KIND_SWALLOWED_ERROR] = {"swallowed-error", LEVEL_ERROR,   "opened", "closed", "failed, unnoticed", true},
    [KIND_LOST_WRITE]      = {"lost-write",      LEVEL_ERROR,   "opened", "closed", "lost what was written", true},
    [KIND_UNCHECKED_RELEASE] = {"unchecked-release", LEVEL_NOTE, "opened", "closed", "released, unchecked", true},
    [KIND_LIMIT_REACHED] = {"limit-reached", LEVEL_NOTE, "failed", "closed", "failed: a limit was reached", false},
};
/* clang-format on */

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
    if (resource_kind == LW_CHILD || resource_kind == LW_STREAM_CHILD)
        return KIND_CHILD_LEAK;
    if (resource_kind >= LW_DIR)
        return KIND_DIR_LEAK;
    return resource_kind >= LW_STREAM_FILE ? KIND_STREAM_LEAK : KIND_FD_LEAK;
}

const struct finding_kind *kinds__words(const struct finding *finding)
{
    bool is_general = finding->kind == kinds[KIND_SCOPE_LEAK].name || finding->kind == kinds[KIND_RELEASE_ORDER].name;
    return is_general ? &kinds[kinds__of_leak(finding->resource.kind)] : kinds__find(finding->kind);
}

const struct stack *kinds__main_stack(const struct finding *finding)
{
    const struct finding_kind *kind = kinds__find(finding->kind);
    bool by_release = kind->is_about_release || kind == &kinds[KIND_UNBALANCED_SCOPE] || finding->acquired == NULL;
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
