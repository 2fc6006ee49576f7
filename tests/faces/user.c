/* A program that uses every function of leakwatch.h, as C or C++, and prints each answer: test_users.py builds it in many
 * ways. user_unit.c is its second unit, and user_library.c may be linked to it or loaded by it.
 *
 *     EARLY_DLFCN, LATE_DLFCN     it includes <dlfcn.h> and uses dlsym itself, before or after our header
 *     LINKED_LIBRARY              user_library.c is linked to it
 *     LOADED_LIBRARY              the path of user_library.c, to be loaded
 */
#ifdef EARLY_DLFCN
#include <dlfcn.h>
#endif
#include "leakwatch/leakwatch.h"
#ifdef LATE_DLFCN
#include <dlfcn.h>
#endif

#include <errno.h>
#include <stdio.h>
#include "user.h"

#define TWO_SCOPES                                                                                                     \
    LEAKWATCH_SCOPE("first")                                                                                           \
        LEAKWATCH_SCOPE("second")

/* Not where a compiler without optimisation cannot see that it always returns. */
#if defined(__OPTIMIZE__) || defined(__clang__)
static int returning(int number)
{
    LEAKWATCH_SCOPE("returning") {
        if (number > 1)
            return 1;
        return 2;
    }
}
#else
static int returning(int number)
{
    LEAKWATCH_SCOPE("returning") {
        if (number > 1)
            return 1;
    }
    return 2;
}
#endif

static int without_braces(int number)
{
    if (number > 1)
        LEAKWATCH_SCOPE("without braces") {
            number = 7;
        }
    else
        number = 8;
    return number;
}

static void blocks(void)
{
    int rounds;
    TWO_SCOPES printf("answer inside two\n");
    for (rounds = 0; rounds < 3; rounds++)
        LEAKWATCH_SCOPE("round") {
            if (rounds == 0)
                continue;
            if (rounds == 1)
                break;
            goto out;
        }
out:
    printf("answer rounds %d\n", rounds);
    printf("answer returning %d\n", returning(1));
    printf("answer returning %d\n", returning(2));
    printf("answer without braces %d\n", without_braces(1));
    printf("answer without braces %d\n", without_braces(2));
}

static void scopes(void)
{
    leakwatch_scope_t scope = leakwatch_scope_begin("request");
    printf("answer begin %s\n", scope ? "a scope" : "null");
    leakwatch_scope_fail(scope, "bad request");
    scope = leakwatch_scope_detach(scope);
    printf("answer detach %s\n", scope ? "a scope" : "null");
    printf("answer attach %d\n", leakwatch_scope_attach(scope));
    printf("answer end %zu\n", leakwatch_scope_end(scope));
}

static void show(const struct leakwatch_resource *resource, void *context)
{
    int *count = context ? LEAKWATCH__AS(int *, context) : LEAKWATCH__NULL;
    if (count)
        ++*count;
    printf("answer held %s by %s\n", resource->type, resource->call);
}

static void resources(void)
{
    const struct leakwatch_line here = {"load", "users.py", 42};
    int told = 0;
    size_t count;
    printf("answer hand over %d\n", leakwatch_hand_over(LEAKWATCH_FD(5), LEAKWATCH_OUTER));
    printf("answer hand over %d\n", leakwatch_hand_over(LEAKWATCH_FD(-1), LEAKWATCH_PROCESS));
    printf("answer expect %d\n", leakwatch_expect_held(LEAKWATCH_CHILD(6), "for life"));
    printf("answer label %d\n", leakwatch_label(LEAKWATCH_FD(7), "spool"));
    count = leakwatch_held(LEAKWATCH_PROCESS, show, &told);
    printf("answer held %zu, told %d\n", count, told);
    leakwatch_source(&here, 1);
}

int main(void)
{
    setvbuf(stdout, LEAKWATCH__NULL, _IOLBF, 0);
#if defined(EARLY_DLFCN) || defined(LATE_DLFCN)
    printf("answer dlerror %s\n", dlerror() ? "something" : "nothing");
    printf("answer dlsym %s\n", dlsym(RTLD_DEFAULT, "leakwatch_api") ? "found" : "not found");
#endif
    errno = 0;
    printf("answer active %d\n", leakwatch_active());
    scopes();
    blocks();
    resources();
    printf("answer open %zu\n", leakwatch_open_count());
    printf("answer ledger '%s'\n", leakwatch_ledger());
    unit();
#ifdef LINKED_LIBRARY
    library();
#endif
#ifdef LOADED_LIBRARY
    load(LOADED_LIBRARY);
#endif
    printf("answer errno %d\n", errno);
    return 0;
}
