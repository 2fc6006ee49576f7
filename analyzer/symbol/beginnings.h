/* Where functions begin, as the table says that unwinders search (.eh_frame_hdr); stripped files have it, too. */
#ifndef BEGINNINGS_H
#define BEGINNINGS_H

#include <stddef.h>
#include <stdint.h>

struct beginnings {
    uint64_t *addresses; /* sorted */
    size_t count;
};

/* From that table, which stands at `address`; none where it has another form than linkers write. */
struct beginnings beginnings__read(const uint8_t *table, uint64_t size, uint64_t address);
void beginnings__free(struct beginnings *beginnings);

/* Of the function that the address lies in; 0: not known. */
uint64_t beginnings__of(const struct beginnings *beginnings, uint64_t address);

#endif
