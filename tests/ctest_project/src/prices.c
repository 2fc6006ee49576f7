/* What it costs: a file of lines, "item cents". */
#include <stdio.h>
#include <string.h>

#include "shop.h"

int prices__of(const char *file, const char *item)
{
    FILE *stream = fopen(file, "r"); /* leak: missing */
    char name[64];
    int cents;
    if (stream == NULL)
        return -1;
    while (fscanf(stream, "%63s %d", name, &cents) == 2) {
        if (strcmp(name, item) != 0)
            continue;
        fclose(stream);
        return cents;
    }
    return -1; /* not known, and the file forgotten */
}

int prices__rounded(int cents)
{
    FILE *stream = fopen("/dev/null", "w"); /* leak: rounded */
    if (stream == NULL)
        return -1;
    fprintf(stream, "%d\n", cents);
    fclose(stream); /* rounded */
    return (cents + 50) / 100;
}
