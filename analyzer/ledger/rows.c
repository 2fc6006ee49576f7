/* Rows of another size than this version's: a later version's are longer, an earlier one's may be shorter.
 *
 * DESIGN. Longer rows stay where they are: the reader goes from one to the next by the writer's size, and what it does
 * not know lies behind what it looks at. Shorter ones are copied into rows of this version's size, whose end is 0; they
 * are looked at, and mended, there. Blocks of a sound file lie apart, so copies take no more than so many times what the
 * file holds: this is what bounds them where hostile blocks overlap. */
#include <stdlib.h>
#include <string.h>

#include "private.h"

enum {
    LONGEST = 4096, /* bytes of a row that is believed */
    TIMES = 4,      /* what the file holds: bytes of copies at most, */
    ROOM = 1 << 20, /* and so many more */
    ALIGNMENT = 8
};

/* Copies of shorter rows, freed with the ledger. */
struct copy {
    struct copy *next;
    uint64_t rows[]; /* aligned as they are in the file */
};

bool rows__are_sound(const struct ledger *ledger, uint32_t theirs, uint32_t ours)
{
    if (theirs == ours)
        return true;
    if (theirs == 0 || theirs > LONGEST || theirs % ALIGNMENT != 0)
        return false;
    return theirs > ours ? ledger->header.minor > LW_MINOR : ledger->header.minor < LW_MINOR;
}

void *rows__room(struct ledger *ledger, uint64_t size)
{
    struct copy *copy = calloc(1, sizeof *copy + size);
    if (!copy) {
        ledger->out_of_memory = true;
        return NULL;
    }
    copy->next = ledger->copies;
    ledger->copies = copy;
    return copy->rows;
}

static unsigned char *copy_longer(struct ledger *ledger, const unsigned char *from, uint32_t theirs, uint32_t ours,
                                  uint64_t count)
{
    unsigned char *rows = rows__room(ledger, count * ours);
    for (uint64_t i = 0; rows && i < count; i++)
        memcpy(rows + i * ours, from + i * theirs, theirs);
    ledger->copied += count * ours;
    return rows;
}

struct rows rows__lay(struct ledger *ledger, uint64_t offset, uint32_t theirs, uint32_t ours, uint64_t count)
{
    unsigned char *from = ledger->bytes + offset;
    if (theirs >= ours)
        return (struct rows){from, theirs};
    if (count * ours > ledger->size * TIMES + ROOM - ledger->copied) {
        ledger__damage(ledger, "rows", offset, theirs);
        return (struct rows){NULL, ours};
    }
    return (struct rows){copy_longer(ledger, from, theirs, ours, count), ours};
}

void rows__free(struct ledger *ledger)
{
    while (ledger->copies) {
        struct copy *next = ledger->copies->next;
        free(ledger->copies);
        ledger->copies = next;
    }
}
