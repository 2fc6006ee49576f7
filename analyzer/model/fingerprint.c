/* The name of a finding that survives ASLR, rebuilds, moved lines and other directories.
 *
 * DESIGN. Addresses, lines, directories and what the compiler appends to a function's copies (see symbol/demangle.c)
 * are left out. Only the innermost frames count: a new caller far out, or a helper of the C++ library that one
 * optimisation level inlines and another does not, must not make an old leak a new one. The name of the innermost one's
 * file counts too: test programs of one name, each with its main, are many. Where a frame has no name there is nothing but
 * its offset in the module, which at least survives ASLR. */
#include "fingerprint.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "call_name.h"
#include "source/path.h"
#include "symbol/stack.h"

enum { FRAMES_THAT_COUNT = 4 };

/* FNV's high bits hardly know its last bytes. */
static uint64_t mixed(uint64_t hash)
{
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
    return hash ^ (hash >> 31);
}

static void add_frame(uint64_t *hash, const struct frame *frame)
{
    char offset[24];
    snprintf(offset, sizeof offset, "+%" PRIx64, frame->offset);
    hash__text(hash, frame->function ? frame->function : offset);
    const char *home = frame->module ? frame->module : frame->file; /* a line of an interpreted program has no module */
    hash__text(hash, home ? base_name(home) : "");
}

static void add_stack(uint64_t *hash, const struct stack *stack)
{
    unsigned counted = 0;
    for (size_t i = 0; i < stack__told(stack) && counted < FRAMES_THAT_COUNT; i++) {
        if (stack->frames[i]->origin != CODE_USER)
            continue;
        add_frame(hash, stack->frames[i]);
        if (counted++ == 0)
            hash__text(hash, stack->frames[i]->file ? base_name(stack->frames[i]->file) : "");
    }
    if (counted == 0 && stack->count > 0)
        add_frame(hash, stack->frames[0]);
}

void fingerprint__make(char fingerprint[17], const char *kind, const char *call, const char *scope,
                       const struct stack *stack, const char *elsewhere)
{
    char written[CALL_NAME];
    uint64_t hash = HASH_START;
    hash__text(&hash, kind);
    hash__text(&hash, call ? call_name__written(written, call) : NULL);
    hash__text(&hash, scope);
    if (stack != NULL)
        add_stack(&hash, stack);
    else
        hash__text(&hash, elsewhere);
    snprintf(fingerprint, 17, "%016" PRIx64, mixed(hash));
}
