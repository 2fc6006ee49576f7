/* Images of processes that were met.
 *
 * DESIGN. A process has a number, which others get later on, and the tick in which it began; an image of it has its own number,
 * the moment in which its ledger began, and a program. Where exec is called in a way that is not seen two images have one
 * number, and under filters the clock may stand in between: then the program tells them apart. Numbers are those of a host. */
#include "images.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/table.h"

/* Without gaps, as its bytes are compared. */
struct key {
    uint64_t start_ticks, start_realtime, names;
    uint32_t pid, image;
};

struct image {
    struct key key;
    size_t number;
    UT_hash_handle hh;
};

struct images {
    struct image *met;
};

struct images *images__new(void)
{
    return heap__zeroed(1, sizeof(struct images));
}

void images__free(struct images *images)
{
    struct image *image, *next;
    if (images == NULL)
        return;
    HASH_ITER(hh, images->met, image, next) {
        HASH_DEL(images->met, image);
        free(image);
    }
    free(images);
}

size_t *images__number(struct images *images, const struct lw_header *header)
{
    struct key key = {.start_ticks = header->start_ticks,
                      .start_realtime = header->start_realtime,
                      .names = HASH_START,
                      .pid = header->pid,
                      .image = header->image};
    struct image *image;
    hash__text(&key.names, header->host);
    hash__text(&key.names, header->exe);
    HASH_FIND(hh, images->met, &key, sizeof key, image);
    if (image == NULL) {
        image = heap__zeroed(1, sizeof *image);
        image->key = key;
        HASH_ADD(hh, images->met, key, sizeof image->key, image);
    }
    return &image->number;
}
