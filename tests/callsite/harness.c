/* Runs every shape up to its release and prints a line of each: name, what is expected, and the return addresses, as
 * offsets in this file, innermost first. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>

#include "recorder.h"
#include "shapes.h"

extern const struct shape __start_shapes[], __stop_shapes[];

static int failures;

/* Looks at what a shape tells: those that return the release's result hand it to somebody who checks. */
__attribute__((noinline)) static void run(const struct shape *shape)
{
    static int fds[4];
    static char buffer[64];
    struct context context = {.count = 3, .fds = fds, .buffer = buffer, .release = give_back};
    if (shape->run != NULL)
        shape->run(&context);
    else if (shape->tell(&context) != 0)
        failures = 1;
}

static void print_stack(const struct shape *shape)
{
    Dl_info own, info;
    struct link_map *own_map = NULL, *map = NULL;
    printf("%s %d", shape->name, shape->expected);
    if (dladdr1((const void *)__start_shapes, &own, (void **)&own_map, RTLD_DL_LINKMAP) == 0)
        return;
    for (int i = RECORDERS_OWN; i < recorded_count; i++)
        if (dladdr1(recorded[i], &info, (void **)&map, RTLD_DL_LINKMAP) != 0 && map == own_map)
            printf(" %lx", (unsigned long)((uintptr_t)recorded[i] - map->l_addr));
    printf("\n");
}

int main(void)
{
    for (const struct shape *volatile shape = __start_shapes; shape < __stop_shapes; shape++) {
        recorded_count = 0;
        if (setjmp(back) == 0) {
            run(shape);
            fprintf(stderr, "%s has released nothing\n", shape->name);
            return 1;
        }
        print_stack(shape);
    }
    return failures;
}
