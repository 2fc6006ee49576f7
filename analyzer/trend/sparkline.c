/* How many descriptors were open over a life, in one row of characters. */
#include "sparkline.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

enum { HEIGHTS = 8 };

static const char *const blocks[HEIGHTS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[HEIGHTS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

/* Of each column the highest; where no event took a sample, it stayed as it was. */
static void fill(const struct trend_process *process, uint64_t *heights, size_t columns)
{
    const struct process *of = &process->process;
    uint64_t last = 0;
    size_t at = 0;
    for (size_t i = 0; i < of->sample_count; i++) {
        double part = process->lived > 0 ? of->samples[i].seconds / process->lived : 0;
        size_t column = part >= 1 ? columns - 1 : (size_t)(part * (double)columns);
        while (at < column)
            heights[at + 1] = last, at++;
        last = of->samples[i].open;
        heights[column] = last > heights[column] ? last : heights[column];
    }
    while (at + 1 < columns)
        heights[++at] = last;
    heights[columns - 1] = process->open > heights[columns - 1] ? process->open : heights[columns - 1];
}

char *sparkline__of(const struct trend_process *process, size_t columns, bool is_utf8, uint64_t *most)
{
    const char *const *marks = is_utf8 ? blocks : letters;
    if (process->process.sample_count < 2 || columns == 0)
        return NULL;
    uint64_t *heights = heap__zeroed(columns, sizeof(*heights));
    fill(process, heights, columns);
    *most = 0;
    for (size_t i = 0; i < columns; i++)
        *most = heights[i] > *most ? heights[i] : *most;
    char *line = heap__zeroed(columns + 1, strlen(blocks[0])), *end = line;
    for (size_t i = 0; i < columns; i++) {
        size_t height = *most > 0 ? (size_t)((double)heights[i] / (double)*most * (HEIGHTS - 1) + 0.5) : 0;
        end = stpcpy(end, marks[height < HEIGHTS ? height : HEIGHTS - 1]);
    }
    free(heights);
    return line;
}
