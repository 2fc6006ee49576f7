/* Threads that allocate, and free what others have allocated: allocating THREADS [COUNT] prints allocations a second. To be
 * run with another allocator preloaded: its locks are then the ones that cost. */
#include "crowd.h"

enum { SLOTS = 1024, SIZE_MOST = 4096 };

static void *slots[SLOTS];

static void *work(void *seed)
{
    uint64_t number = (uint64_t)(uintptr_t)seed * 0x9e3779b97f4a7c15u;
    crowd_begin();
    for (long i = 0; i < crowd_count; i++) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        char *block = malloc(16 + (number >> 33) % SIZE_MOST);
        must(block != NULL, "malloc");
        block[0] = 1;
        free(__atomic_exchange_n(&slots[(number >> 20) % SLOTS], block, __ATOMIC_ACQ_REL));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv, work, 500000);
}
