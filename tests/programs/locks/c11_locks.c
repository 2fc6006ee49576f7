/* The results of C11's calls are no errno: one that was not got, or not in time, is nothing to tell of, whoever looks at it;
 * what nobody holds is given back wrongly all the same.
 *
 * expect: lock-misuse count=1 findings=1 call=mtx_unlock released=unlocks_free error=EPERM
 */
#include "program.h"

#include <threads.h>
#include <time.h>

#include "locks.h"

static mtx_t held, free_one;

static int asks_in_vain(void *nothing)
{
    const struct timespec long_ago = {0, 0};
    (void)nothing;
    mtx_trylock(&held); /* ignored */
    mtx_timedlock(&held, &long_ago);
    return mtx_trylock(&held) == thrd_busy && mtx_timedlock(&held, &long_ago) == thrd_timedout ? 0 : 1;
}

static int unlocks_free(void)
{
    return mtx_unlock(&free_one);
}

int main(void)
{
    thrd_t other;
    int result = 99;
    if (mtx_init(&held, mtx_timed) != thrd_success || mtx_init(&free_one, mtx_recursive) != thrd_success ||
        mtx_lock(&held) != thrd_success || thrd_create(&other, asks_in_vain, NULL) != thrd_success ||
        thrd_join(other, &result) != thrd_success || unlocks_free() != thrd_error)
        return 98;
    mtx_unlock(&held);
    mtx_destroy(&held);
    mtx_destroy(&free_one);
    return result;
}
