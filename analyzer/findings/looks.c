/* Everything that is looked for in a ledger. */
#include "looks.h"

#include "inquiry.h"

static void (*const looks[])(struct inquiry *inquiry) = {
    siblings__look,
    scopes__look,
    lockings__look,
    held_connections__look,
#define KIND(id, name, level, about, look, ...) look##__look,
#include "model/kinds.def"
#undef KIND
};

/* One that finds several kinds stands in several rows. */
static bool was_taken(size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (looks[i] == looks[number])
            return true;
    return false;
}

void looks__take(struct inquiry *inquiry)
{
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (!was_taken(i))
            looks[i](inquiry);
}
