/* The texts of a ledger: put together from their pieces when somebody asks for one. */
#include <stdlib.h>
#include <string.h>

#include "private.h"

enum {
    LONGEST = 64 * 1024,  /* text that is believed: no path, symbol or scope comes near it */
    SHARED = 16,          /* so many times as much text as data: long names may share their tails */
    LEAST_ROOM = 1 << 20, /* bytes of text */
    MOST_ROOM = 256 << 20,
};

struct names {
    uint64_t room; /* bytes that further texts may take: a hostile file's must not add up to gigabytes */
    uint32_t count;
    char *texts[]; /* NULL: nobody has asked yet */
};

static uint32_t piece_length(uint32_t left)
{
    return left < LW_NAME_TEXT ? left : LW_NAME_TEXT;
}

/* A text that does not fit one record is carried on by `next`, whose length is what is left there: so chains end. */
static bool carried_on(const struct ledger *ledger, const struct lw_name *name)
{
    const struct lw_name *next = tables__element(ledger, LW_NAMES, name->next);
    return next && next->length == name->length - LW_NAME_TEXT;
}

static void check_name(struct ledger *ledger, uint32_t number, struct lw_name *name)
{
    if (name->length > LONGEST) {
        ledger__damage(ledger, "name.length", number, name->length);
        name->length = LW_NAME_TEXT;
    }
    if (name->length <= LW_NAME_TEXT || carried_on(ledger, name))
        return;
    if (name->next != 0 && name->next != LW_OTHER) /* no room for the rest is no damage */
        ledger__dangling(ledger, "name.next", number, name->next);
    name->next = 0;
}

int names__check(struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger->tables[LW_NAMES].count; i++) {
        struct lw_name *name = tables__element(ledger, LW_NAMES, i);
        if (name)
            check_name(ledger, i, name);
    }
    uint32_t count = ledger->tables[LW_NAMES].count;
    names__free(ledger->names);
    ledger->names = NULL;
    struct names *names = calloc(1, sizeof *names + count * sizeof names->texts[0]);
    if (!names)
        return -1;
    names->count = count;
    names->room = ledger->data * SHARED + LEAST_ROOM;
    if (names->room > MOST_ROOM)
        names->room = MOST_ROOM;
    ledger->names = names;
    return 0;
}

void names__free(struct names *names)
{
    if (!names)
        return;
    for (uint32_t i = 0; i < names->count; i++)
        free(names->texts[i]);
    free(names);
}

/* Bytes of the text that are there; they go to `text` unless that is NULL. */
static size_t gather(const struct ledger *ledger, const struct lw_name *name, char *text)
{
    size_t size = 0;
    for (;;) {
        uint32_t piece = piece_length(name->length);
        if (text)
            memcpy(text + size, name->text, piece);
        size += piece;
        if (name->length == piece || size >= LONGEST || !carried_on(ledger, name))
            return size;
        name = tables__element(ledger, LW_NAMES, name->next);
    }
}

static char *put_together(const struct ledger *ledger, uint32_t number)
{
    const struct lw_name *name = tables__element(ledger, LW_NAMES, number);
    if (!name || name->hash == 0)
        return NULL;
    size_t size = gather(ledger, name, NULL);
    if (size + 1 > ledger->names->room)
        return NULL;
    char *text = malloc(size + 1);
    if (!text)
        return NULL;
    gather(ledger, name, text);
    text[size] = 0;
    ledger->names->room -= size + 1;
    return text;
}

const char *ledger__name(const struct ledger *ledger, uint32_t number)
{
    struct names *names = ledger->names;
    if (!names || number == 0 || number >= names->count)
        return "";
    if (!names->texts[number])
        names->texts[number] = put_together(ledger, number);
    return names->texts[number] ? names->texts[number] : "";
}
