/* A program with the symbols of an interpreter that is none: pretender MAJOR-MINOR-HEX free-threaded|described|plain
 *
 * What is not known to be an interpreter of a known layout must not be called, nor followed: that would end this program. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As large as the real ones, and full of addresses that lead nowhere. */
uint64_t PyCode_Type[64], PyFrame_Type[64], PyUnicode_Type[64], _PyRuntime[256];
unsigned long Py_Version;

void *PyGILState_GetThisThreadState(void);
void *PyGILState_GetThisThreadState(void)
{
    abort();
}

void *_PyEval_EvalFrameDefault(void *state, void *frame, int flag);
__attribute__((noinline)) void *_PyEval_EvalFrameDefault(void *state, void *frame, int flag)
{
    volatile int fd = open("/dev/null", O_RDONLY);
    (void)state, (void)flag;
    return fd < 0 ? NULL : frame;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    uint64_t *const types[] = {PyCode_Type, PyFrame_Type, PyUnicode_Type};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 64; k++)
            types[i][k] = k == 30 ? 0 : 0xdead000000000000ULL; /* at 240 the members: none */
    Py_Version = strtoul(arguments[1], NULL, 16);
    if (strcmp(arguments[2], "plain") != 0) {
        memcpy(_PyRuntime, "xdebugpy", 8);
        _PyRuntime[1] = Py_Version;
        _PyRuntime[2] = strcmp(arguments[2], "free-threaded") == 0;
    }
    for (int i = 0; i < 3; i++)
        if (!_PyEval_EvalFrameDefault(NULL, &count, 0))
            return 3;
    puts("done");
    return 0;
}
