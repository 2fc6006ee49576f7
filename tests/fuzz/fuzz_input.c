/* What the fuzzer needs to know of its own process. */
#include "fuzz_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t fuzz_start_ticks(void)
{
    enum { START_TICKS = 22, STATE = 3 };
    char text[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file || !fgets(text, sizeof text, file))
        return 0;
    fclose(file);
    char *at = strrchr(text, ')');
    for (int field = STATE; at && field <= START_TICKS; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}
