/* A library that opens before main, and before any library that was preloaded is ready: in its constructor, and in the
 * resolver of an indirect function, which runs while the process is still being relocated. */
#include "program.h"

int early_answer(void);
int early_resolver_number(void);
int early_constructor_number(void);

static int constructor_number = -1, resolver_number = -1;

static int answer(void)
{
    return 42;
}

/* Hidden, so that the linker resolves it after everything else of this library, open included. */
__attribute__((visibility("hidden"), ifunc("resolve"))) int indirect_answer(void);

__attribute__((used)) static int (*resolve(void))(void)
{
    resolver_number = open("/dev/null", O_RDONLY);
    close(open("/dev/null", O_RDONLY));
    return answer;
}

int early_answer(void)
{
    return indirect_answer();
}

__attribute__((constructor(101))) static void begin(void)
{
    constructor_number = open("/dev/zero", O_RDONLY);
    close(open("/dev/zero", O_RDONLY));
}

int early_resolver_number(void)
{
    return resolver_number;
}

int early_constructor_number(void)
{
    return constructor_number;
}
