/* The stacks of a finding, and what each is. */
#include "titled_stacks.h"

#include "model/kinds.h"

struct title {
    const char *title, *here;
};

enum situation { USUAL, GIVEN_BACK_LATE, UNBALANCED, WRONG, RELEASED_TWICE, USED, INVALID };

static const struct titles {
    struct title acquired, released, first;
} titles[] = {
    [USUAL] = {{"call stack", "acquired here"},
               {"call stack of its release", "released here"},
               {"call stack of its first release", "released first here"}},
    [GIVEN_BACK_LATE] = {{"call stack", "acquired here"},
                         {"call stack of the last one that was given back late", "given back late here"},
                         {NULL, NULL}},
    [UNBALANCED] = {{"call stack of where it began", "begun here"},
                    {"call stack of what showed it", "seen here"},
                    {NULL, NULL}},
    [WRONG] = {{"call stack of the acquisition", "acquired here"},
               {"call stack of the release", "released here"},
               {"call stack of the first release", "released first here"}},
    [RELEASED_TWICE] = {{"call stack of the acquisition", "acquired here"},
                        {"call stack of the second release", "released again here"},
                        {"call stack of the first release", "released first here"}},
    [USED] = {{"call stack of the acquisition", "acquired here"},
              {"call stack of the use", "used here"},
              {"call stack of the close", "closed here"}},
    [INVALID] = {{"call stack of what had failed before", "had failed here"},
                 {"call stack of the release", "released here"},
                 {NULL, NULL}},
};

static enum situation situation_of(const struct finding *finding)
{
    if (finding->kind == kinds__get(KIND_DOUBLE_CLOSE))
        return RELEASED_TWICE;
    if (finding->kind == kinds__get(KIND_USE_AFTER_CLOSE))
        return USED;
    if (finding->kind == kinds__get(KIND_INVALID_RELEASE) && finding->later != NULL)
        return INVALID; /* else the stack is of who acquired what was passed */
    if (finding->imbalance != NULL)
        return UNBALANCED;
    if (finding->story != NULL)
        return GIVEN_BACK_LATE;
    return finding->kind->is_about_release ? WRONG : USUAL;
}

/* The main one first. */
size_t titled_stacks__of(const struct finding *finding, struct titled_stack stacks[TITLED_STACKS])
{
    const struct titles *of = &titles[situation_of(finding)];
    const struct titled_stack acquired = {of->acquired.title, of->acquired.here, finding->acquired};
    const struct titled_stack released = {of->released.title, of->released.here, finding->released};
    const struct titled_stack first = {of->first.title, of->first.here, finding->first_release};
    const struct titled_stack victim = {"call stack of who had opened what was closed instead",
                                        "what was closed instead was acquired here", finding->wrong.victim};
    bool by_release = finding->released != NULL && kinds__main_stack(finding) == finding->released;
    const struct titled_stack all[TITLED_STACKS] = {
        by_release ? released : acquired,
        by_release ? first : released,
        by_release ? acquired : first,
        victim,
    };
    size_t count = 0;
    for (size_t i = 0; i < TITLED_STACKS; i++)
        if (all[i].stack != NULL && all[i].stack->count > 0)
            stacks[count++] = all[i];
    return count;
}
