/* Names of functions that a compiler made at run time.
 *
 * DESIGN. The symbols keep them, as places of a module of their own for each process: so they are in an artefact, too, and
 * the map is read once. One function is compiled again and again, each time better; what says how well is left out of its
 * name, so that a leak of it is one. */
#include "generated.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/pool.h"
#include "perf_map.h"
#include "source/path.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define GENERATED "generated"
#define NANOSECONDS 1e9

/* ---- Names as they are kept -------------------------------------------------------------------------------------- */

/* V8's: "JS:*name file:line:column", or "LazyCompile:*name file:line", with a mark in front that says how well it is compiled. */
static const char script[] = "JS:";
static const char *const script_kinds[] = {script, "LazyCompile:", "Function:", "Script:", "Eval:"};

static const char *script_in(const char *name)
{
    for (size_t i = 0; i < LENGTH(script_kinds); i++) {
        size_t length = strlen(script_kinds[i]);
        if (strncmp(name, script_kinds[i], length) == 0)
            return name + length + strspn(name + length, "~^+*");
    }
    return NULL;
}

/* .NET's end with the tier, "[OptimizedTier1]". */
static size_t length_without_tier(const char *name)
{
    size_t length = strlen(name);
    const char *tier = length > 0 && name[length - 1] == ']' ? strrchr(name, '[') : NULL;
    return tier != NULL && tier > name && tier[-1] != '[' && tier[1] != ']' ? (size_t)(tier - name) : length;
}

static const char *kept_name(const char *name, struct pool *pool)
{
    const char *rest = script_in(name);
    char *text = rest != NULL ? heap__printed("%s%s", script, rest)
                              : heap__printed("%.*s", (int)length_without_tier(name), name);
    const char *kept = pool__text(pool, text);
    free(text);
    return kept;
}

/* ---- The map ----------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const struct perf_map_place *one = a, *other = b;
    return one->address < other->address ? -1 : one->address > other->address;
}

/* Return addresses lie behind the call. */
static struct perf_map_place *places_of(const struct ledger *ledger, size_t *count)
{
    uint32_t frames = ledger__count(ledger, LW_STACKS);
    struct perf_map_place *places = heap__zeroed(frames, sizeof(*places));
    size_t found = 0;
    for (uint32_t i = 1; i < frames; i++) {
        const struct lw_frame *frame = ledger__frame(ledger, i);
        if (frame != NULL && lw_is_generated(frame) && frame->address > LW_ADDRESS_LINE)
            places[found++].address = frame->address - 1;
    }
    qsort(places, found, sizeof(*places), compare);
    *count = 0;
    for (size_t i = 0; i < found; i++)
        if (*count == 0 || places[*count - 1].address != places[i].address)
            places[(*count)++] = places[i];
    return places;
}

static struct perf_map_owner owner_of(const struct ledger *ledger)
{
    const struct lw_header *header = ledger__header(ledger);
    struct perf_map_owner owner = {.uid = header->uid, .start = (double)header->start_realtime / NANOSECONDS};
    if (header->end != LW_RUNNING && header->end_time >= header->start_time)
        owner.end = owner.start + (double)(header->end_time - header->start_time) / NANOSECONDS;
    return owner;
}

/* A process that runs may see another /tmp. What is wrong is said once of a process, however often it is looked at. */
static void read_map(const struct ledger *ledger, struct perf_map_place *places, size_t count, struct pool *pool)
{
    static uint32_t said_of;
    char path[64];
    uint32_t pid = ledger__header(ledger)->pid;
    struct perf_map_owner owner = owner_of(ledger);
    for (int inside = ledger__is_running(ledger); inside >= 0; inside--) {
        if (inside)
            snprintf(path, sizeof path, "/proc/%" PRIu32 "/root/tmp/perf-%" PRIu32 ".map", ledger__process(ledger),
                     pid);
        else
            snprintf(path, sizeof path, "/tmp/perf-%" PRIu32 ".map", pid);
        const char *wrong = perf_map__read(path, &owner, places, count, pool);
        if (wrong != NULL && said_of != pid) {
            complain("%s, which names functions made at run time, %s", path, wrong);
            said_of = pid;
        }
        for (size_t i = 0; i < count; i++)
            if (places[i].name != NULL)
                return;
    }
}

struct noted {
    uint32_t module;
    bool is_known;
};

/* Whose names they are: there may have been another process of that number. */
static uint32_t module_of(struct symbols *symbols, const struct ledger *ledger)
{
    const struct lw_header *header = ledger__header(ledger);
    struct lw_module module = {.build_id_length = sizeof header->start_realtime};
    char path[64];
    memcpy(module.build_id, &header->start_realtime, sizeof header->start_realtime);
    snprintf(path, sizeof path, "perf-%" PRIu32 ".map", header->pid);
    return symbols__module(symbols, path, &module);
}

static void note_place(void *context, const struct symbols_place *place)
{
    struct noted *noted = context;
    noted->is_known |= place->module == noted->module;
}

/* Were they looked up when the process had just ended? Its map may have become another one's since. */
static bool is_known(struct symbols *symbols, uint32_t module)
{
    struct noted noted = {.module = module};
    symbols__each_place(symbols, note_place, &noted);
    return noted.is_known;
}

static void keep_names(struct symbols *symbols, uint32_t module, const struct perf_map_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].name == NULL)
            continue;
        struct frame frame = {.function = kept_name(places[i].name, symbols__pool(symbols))};
        symbols__add_place(
            symbols,
            &(struct symbols_place){.module = module, .offset = places[i].address + 1, .count = 1, .frames = &frame});
    }
}

static void look_up(struct generated *generated)
{
    size_t count;
    struct perf_map_place *places = places_of(generated->ledger, &count);
    read_map(generated->ledger, places, count, symbols__pool(generated->symbols));
    keep_names(generated->symbols, generated->module, places, count);
    free(places);
}

const char *generated__name(struct generated *generated, const struct lw_frame *frame)
{
    if (generated->ledger == NULL || frame->address <= LW_ADDRESS_LINE)
        return NULL;
    if (generated->module == 0) {
        generated->module = module_of(generated->symbols, generated->ledger);
        if (ledger__is_running(generated->ledger) || !is_known(generated->symbols, generated->module))
            look_up(generated);
    }
    return symbols__added_name(generated->symbols, generated->module, frame->address);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

/* Functions that come with what runs them, by the name without what is returned and taken: V8's, Java's, .NET's. */
static const char *const library_names[] = {"Builtin:*",    "Stub:*",     "BytecodeHandler:*",
                                            "Handler:*",    "RegExp:*",   "Interpreter",
                                            "StubRoutines", "adapters",   "stub",
                                            "*_stub",       "*Blob",      "handlers",
                                            "*_Java",       "java.*",     "javax.*",
                                            "jdk.*",        "sun.*",      "com.sun.*",
                                            "System.*",     "Microsoft.*"};

static bool is_library_name(const char *name)
{
    char *called = heap__printed("%.*s", (int)strcspn(name, "("), name);
    size_t length = strlen(called);
    bool is = false;
    if (length > 0 && called[length - 1] == ' ')
        called[length - 1] = '\0';
    const char *blank = strrchr(called, ' ');
    for (size_t i = 0; !is && i < LENGTH(library_names); i++)
        is = fnmatch(library_names[i], blank != NULL ? blank + 1 : called, 0) == 0;
    free(called);
    return is;
}

/* Where the number begins that the text ends with, behind a colon; NULL: it does not. */
static char *last_number(char *text)
{
    char *colon = strrchr(text, ':');
    return colon != NULL && colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0' ? colon : NULL;
}

/* A file's name may have blanks, and a function's ("get size"), too. */
static char *file_in(char *text)
{
    static const char *const beginnings[] = {" /", " file://", " node:", " <"};
    char *first = NULL;
    for (size_t i = 0; i < LENGTH(beginnings); i++) {
        char *found = strstr(text, beginnings[i]);
        if (found != NULL && (first == NULL || found < first))
            first = found;
    }
    return first != NULL ? first : strrchr(text, ' ');
}

static struct frame script_frame(char *text, struct pool *pool)
{
    struct frame frame = {.language = GENERATED, .origin = CODE_LIBRARY, .is_generated = true};
    char *line = last_number(text), *column = line;
    if (column != NULL) {
        *column = '\0';
        line = last_number(text);
        if (line == NULL) { /* older ones do not tell it */
            *column = ':';
            line = column;
        }
    }
    char *file = line != NULL ? file_in(text) : NULL;
    if (file != NULL) {
        long number = strtol(line + 1, NULL, 10);
        *line = *file++ = '\0';
        file += strncmp(file, "file://", strlen("file://")) == 0 ? strlen("file://") : 0;
        frame.file = pool__text(pool, file);
        frame.line = number > 0 && number <= INT_MAX ? (int)number : 0;
        bool is_library = file[0] != '/' || strstr(file, "/node_modules/") != NULL;
        frame.origin = is_library ? CODE_LIBRARY : CODE_USER;
    }
    frame.function = pool__text(pool, text[0] != '\0' ? text : "(anonymous)");
    return frame;
}

struct frame generated__frame(const char *name, struct pool *pool)
{
    struct frame frame = {.function = name, .language = GENERATED, .is_generated = true};
    const char *rest = script_in(name);
    if (rest != NULL) {
        char *copy = heap__copied(rest);
        frame = script_frame(copy, pool);
        free(copy);
    } else
        frame.origin = is_library_name(name) ? CODE_LIBRARY : CODE_USER;
    frame.symbol = frame.function;
    return frame;
}
