/* Two threads hand what they acquire to each other's scopes, which end at any moment: nothing crashes, nothing is lost,
 * and as all of it is closed nothing leaks for good. A scope may end between the hand-over and the close.
 *
 * allow: scope-leak level=warning scope=right
 * allow: scope-leak level=warning scope=left
 * expect-scope: path=left kind=named entered=100000 ended=100000
 * expect-scope: path=right kind=named entered=100000 ended=100000
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

#include "leakwatch/leakwatch.h"

enum { ROUNDS = 100000 };

struct side {
    const char *name;
    struct side *other;
    _Atomic(leakwatch_scope_t) scope;
};

static void *hand_over(void *argument)
{
    struct side *side = argument;
    for (int i = 0; i < ROUNDS; i++) {
        leakwatch_scope_t scope = leakwatch_scope_begin(side->name);
        atomic_store(&side->scope, scope);
        int fd = must(open("/dev/null", O_RDONLY), "open");
        leakwatch_hand_over(LEAKWATCH_FD(fd), atomic_load(&side->other->scope));
        if (i % 3 == 0)
            leakwatch_hand_over(LEAKWATCH_FD(fd), scope);
        must(close(fd), "close");
        leakwatch_scope_end(scope);
    }
    return NULL;
}

int main(void)
{
    static struct side left = {.name = "left"}, right = {.name = "right"};
    size_t before = leakwatch_open_count();
    pthread_t threads[2];
    left.other = &right;
    right.other = &left;
    pthread_create(&threads[0], NULL, hand_over, &left);
    pthread_create(&threads[1], NULL, hand_over, &right);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(leakwatch_open_count() == before ? "all closed" : "lost");
    return 0;
}
