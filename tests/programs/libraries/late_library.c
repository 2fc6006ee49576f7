/* A library whose destructor closes what its constructor opened: it runs after main and after most destructors. */
#include "program.h"

static int held = -1;

__attribute__((constructor)) static void begin(void)
{
    held = must(open("/dev/null", O_RDWR), "open");
}

__attribute__((destructor)) static void end(void)
{
    must(close(held), "close");
}

int late_library_number(void);

int late_library_number(void)
{
    return held;
}
