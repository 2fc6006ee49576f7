/* Preloaded: says of code objects that they are larger by a word, before anything has looked at them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stddef.h>

__attribute__((constructor)) static void forge(void)
{
    enum { BASIC_SIZE = 4 };
    intptr_t *type = dlsym(RTLD_DEFAULT, "PyCode_Type");
    if (type)
        type[BASIC_SIZE] += 8;
}
