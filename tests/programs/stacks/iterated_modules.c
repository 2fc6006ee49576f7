/* Opens files in callbacks of dl_iterate_phdr, which runs them under a lock of the loader's, while another thread meets
 * new stacks all the time.
 *
 * expect: fd-leak count=1 call=open function=main line=kept
 */
#include "program.h"

#include <link.h>
#include <pthread.h>
#include <stdatomic.h>

#define ROUNDS 3000
#define OTHERS (ROUNDS / 4)

static atomic_int rounds;

/* One place in the code for each number: what libunwind knows of the others does not help. */
#define PLACE(n)                                                                                                       \
    __attribute__((noinline)) static void place_##n(void)                                                              \
    {                                                                                                                  \
        must(close(open("/dev/null", O_RDONLY | O_CLOEXEC)), "open");                                                  \
        __asm__ volatile("" : : "i"(n));                                                                               \
    }
#define TEN(f, t) f(t##0) f(t##1) f(t##2) f(t##3) f(t##4) f(t##5) f(t##6) f(t##7) f(t##8) f(t##9)
#define HUNDRED(f, h)                                                                                                  \
    TEN(f, h##0)                                                                                                       \
    TEN(f, h##1) TEN(f, h##2) TEN(f, h##3) TEN(f, h##4) TEN(f, h##5) TEN(f, h##6) TEN(f, h##7) TEN(f, h##8) TEN(f, h##9)
HUNDRED(PLACE, 1)
HUNDRED(PLACE, 2)
HUNDRED(PLACE, 3)
HUNDRED(PLACE, 4)
#define NAME(n) place_##n,
static void (*const places[])(void) = {HUNDRED(NAME, 1) HUNDRED(NAME, 2) HUNDRED(NAME, 3) HUNDRED(NAME, 4)};

__attribute__((noinline)) static void descend(unsigned depth, unsigned place)
{
    if (depth > 0)
        descend(depth - 1, place);
    else
        places[place % COUNT(places)]();
    __asm__ volatile("");
}

static int visit(struct dl_phdr_info *module, size_t size, void *turn)
{
    unsigned *at = turn;
    (void)module;
    (void)size;
    *at += 7;
    descend(*at % 40, *at);
    return 0;
}

static void *open_everywhere(void *nothing)
{
    for (unsigned at = 0; atomic_load(&rounds) < ROUNDS; at += 11) {
        descend(at % 50, at);
        atomic_fetch_add(&rounds, 1);
    }
    return nothing;
}

static void *iterate(void *nothing)
{
    unsigned turn = 0;
    for (int i = 0; i < OTHERS || atomic_load(&rounds) < ROUNDS; i++)
        dl_iterate_phdr(visit, &turn);
    return nothing;
}

int main(void)
{
    pthread_t threads[2];
    must(open("/dev/null", O_RDONLY), "open"); /* leak:kept */
    must(-pthread_create(&threads[0], NULL, open_everywhere, NULL), "pthread_create");
    must(-pthread_create(&threads[1], NULL, iterate, NULL), "pthread_create");
    for (int i = 0; i < 2; i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    puts("both came to an end");
    return 0;
}
