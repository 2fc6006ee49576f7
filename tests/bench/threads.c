/* Threads that open and close at the same time: threads NUMBER [COUNT] prints operations a second, of all together. */
#include "crowd.h"

static void *work(void *nothing)
{
    batch(open_close, 100);
    crowd_begin();
    batch(open_close, crowd_count);
    return nothing;
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv, work, 50000);
}
