/* A table of pairs of (function, description), each four bytes, relative to where the table stands. */
#include "beginnings.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/numbers.h"

struct beginnings beginnings__read(const uint8_t *table, uint64_t size, uint64_t address)
{
    enum { PREFIX = 12, VERSION = 1, COUNT_IN_FOUR = 0x03, RELATIVE_PAIRS = 0x3b, PAIR = 8 };
    struct beginnings beginnings = {.count = 0};
    uint32_t count;
    if (size < PREFIX || table[0] != VERSION || table[2] != COUNT_IN_FOUR || table[3] != RELATIVE_PAIRS)
        return beginnings;
    memcpy(&count, table + 8, sizeof(count));
    if (count > (size - PREFIX) / PAIR)
        return beginnings;
    beginnings.addresses = heap__zeroed(count + 1, sizeof(uint64_t));
    for (; beginnings.count < count; beginnings.count++) {
        int32_t relative;
        memcpy(&relative, table + PREFIX + PAIR * beginnings.count, sizeof(relative));
        beginnings.addresses[beginnings.count] = address + (uint64_t)(int64_t)relative;
    }
    numbers__sort(beginnings.addresses, beginnings.count);
    return beginnings;
}

void beginnings__free(struct beginnings *beginnings)
{
    free(beginnings->addresses);
    *beginnings = (struct beginnings){.count = 0};
}

uint64_t beginnings__of(const struct beginnings *beginnings, uint64_t address)
{
    size_t before = numbers__until(beginnings->addresses, beginnings->count, address);
    return before > 0 ? beginnings->addresses[before - 1] : 0;
}
