/* The name of a finding that survives ASLR, rebuilds, moved lines and other directories.
 *
 * DESIGN. Addresses, lines, directories and what the compiler appends to a function's copies (see symbol/demangle.c)
 * are left out. Only the innermost frames count: a new caller far out, or a helper of the C++ library that one
 * optimisation level inlines and another does not, must not make an old leak a new one. The name of the innermost one's
 * file counts too: test programs of one name, each with its main, are many. Where a frame has no name there is nothing but
 * its offset in the module, which at least survives ASLR.
 *
 * Of an interpreted program its lines count, and not the interpreter's code, which is another in each version and build of
 * it: by the last part of a function's name, since CPython knows the others from 3.11 on only, and without comprehensions,
 * which have no frames of their own from 3.12 on, then the name of the library inside of them. Its language's library counts where there is nothing else. */
#include "fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
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
    if (frame->function == NULL)
        snprintf(offset, sizeof offset, "+%" PRIx64, frame->offset);
    hash__text(hash, frame->function ? frame->function : offset);
    const char *home = frame->module ? frame->module : frame->file; /* a line of an interpreted program has no module */
    hash__text(hash, home ? base_name(home) : "");
}

/* The innermost one tells its file. */
static void add_counted(uint64_t *hash, const struct frame *frame, unsigned counted)
{
    add_frame(hash, frame);
    if (counted == 0)
        hash__text(hash, frame->file ? base_name(frame->file) : "");
}

static bool is_comprehension(const char *function)
{
    static const char *const names[] = {"<listcomp>", "<dictcomp>", "<setcomp>"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}

/* Of a module of machine code what its name begins with: what follows says for which interpreter it is, or its version. */
static void add_stem(uint64_t *hash, const struct frame *frame)
{
    const char *name = base_name(frame->module);
    char *stem = heap__printed("%.*s", (int)strcspn(name, ".-"), name);
    hash__text(hash, stem);
    free(stem);
}

/* Machine code that no interpreter brings along, inside of all lines: the first library, and what of the program's own
 * has a name. */
static unsigned add_code(uint64_t *hash, const struct stack *stack)
{
    unsigned counted = 0;
    bool has_library = false;
    for (size_t i = 0; i < stack->count && counted < FRAMES_THAT_COUNT && !frame__is_line(stack->frames[i]); i++) {
        const struct frame *frame = stack->frames[i];
        enum frame_role role = frame->module != NULL ? stack__role(stack, frame) : ROLE_LIBRARY;
        if (role == ROLE_PACKAGE && !has_library) {
            add_stem(hash, frame);
            has_library = true;
        } else if (role == ROLE_OWN && frame->function != NULL) {
            hash__text(hash, frame->function);
            add_stem(hash, frame);
            counted++;
        }
    }
    return counted;
}

static bool counts(const struct frame *frame, enum code_origin origin)
{
    const char *name = frame__short_name(frame);
    return frame__is_line(frame) && frame->file != NULL && frame->origin == origin &&
           (name == NULL || !is_comprehension(name));
}

static bool add_lines(uint64_t *hash, const struct stack *stack, enum code_origin origin)
{
    uint64_t made = *hash;
    bool has_line = false;
    unsigned counted = add_code(&made, stack);
    for (size_t i = 0; i < stack->count && (counted < FRAMES_THAT_COUNT || !has_line); i++) {
        if (!counts(stack->frames[i], origin))
            continue;
        hash__text(&made, frame__short_name(stack->frames[i]));
        hash__text(&made, base_name(stack->frames[i]->file));
        has_line = true;
        counted++;
    }
    *hash = has_line ? made : *hash;
    return has_line;
}

static void add_stack(uint64_t *hash, const struct stack *stack)
{
    unsigned counted = 0;
    if (stack->has_lines && (add_lines(hash, stack, CODE_USER) || add_lines(hash, stack, CODE_LIBRARY)))
        return;
    for (size_t i = 0; i < stack->count && counted < FRAMES_THAT_COUNT; i++)
        if (stack__role(stack, stack->frames[i]) == ROLE_OWN)
            add_counted(hash, stack->frames[i], counted++);
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
