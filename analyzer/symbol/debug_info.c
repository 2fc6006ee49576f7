/* What the debugging information of one binary says of an address. */
#include "debug_info.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "demangle.h"
#include "source/path.h"

enum { DEEPEST = 64 }; /* how deep blocks and inlined functions may nest */

/* Addresses that belong to a unit (in `info`) or to a function (in its unit). */
struct range {
    uint64_t start, end;
    size_t owner;
};

struct ranges {
    struct range *range;
    size_t count, room;
};

struct unit {
    Dwarf_Die die;
    struct ranges functions; /* by start, owner: index of `dies` */
    Dwarf_Die *dies;
    size_t die_count, die_room;
    bool known;
};

struct debug_info {
    struct pool *pool;
    struct unit *units;
    size_t unit_count, unit_room;
    struct ranges addresses; /* by start, owner: index of `units` */
};

static int by_start(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->owner < b->owner ? -1 : a->owner > b->owner;
}

static void add_ranges(struct ranges *ranges, Dwarf_Die *die, size_t owner)
{
    Dwarf_Addr base, start, end;
    ptrdiff_t offset = 0;
    while ((offset = dwarf_ranges(die, offset, &base, &start, &end)) > 0) {
        if (start >= end || start == 0) /* at 0: the linker threw the code away */
            continue;
        ranges->range = heap__room(ranges->range, ranges->count, &ranges->room, sizeof(struct range));
        ranges->range[ranges->count++] = (struct range){.start = start, .end = end, .owner = owner};
    }
}

static void sort_ranges(struct ranges *ranges)
{
    if (ranges->count > 1)
        qsort(ranges->range, ranges->count, sizeof(struct range), by_start);
}

/* The range that holds the address; ranges of one table hardly ever overlap, the last to start wins. */
static const struct range *find_range(const struct ranges *ranges, uint64_t address)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->range[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < ranges->range[low - 1].end ? &ranges->range[low - 1] : NULL;
}

struct debug_info *debug_info__new(Dwarf *dwarf, struct pool *pool)
{
    struct debug_info *info = heap__zeroed(1, sizeof(*info));
    info->pool = pool;
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, split;
    uint8_t type;
    while (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, &split) == 0) {
        if (type != DW_UT_compile && type != DW_UT_skeleton)
            continue;
        info->units = heap__room(info->units, info->unit_count, &info->unit_room, sizeof(struct unit));
        info->units[info->unit_count] = (struct unit){.die = type == DW_UT_skeleton && split.addr ? split : die};
        add_ranges(&info->addresses, &die, info->unit_count++);
    }
    sort_ranges(&info->addresses);
    return info;
}

void debug_info__free(struct debug_info *info)
{
    if (info == NULL)
        return;
    for (size_t i = 0; i < info->unit_count; i++) {
        free(info->units[i].functions.range);
        free(info->units[i].dies);
    }
    free(info->units);
    free(info->addresses.range);
    free(info);
}

static void add_function(struct unit *unit, Dwarf_Die *die)
{
    size_t before = unit->functions.count;
    add_ranges(&unit->functions, die, unit->die_count);
    if (unit->functions.count == before)
        return;
    unit->dies = heap__room(unit->dies, unit->die_count, &unit->die_room, sizeof(Dwarf_Die));
    unit->dies[unit->die_count++] = *die;
}

/* Functions stand at the top of a unit, in namespaces, and (lambdas, methods of local classes) in functions and types. */
static bool holds_functions(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
           tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
}

static void collect_functions(struct unit *unit, Dwarf_Die *parent, unsigned depth)
{
    Dwarf_Die die;
    if (depth > DEEPEST || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram)
            add_function(unit, &die);
        if (holds_functions(tag))
            collect_functions(unit, &die, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static Dwarf_Die *find_function(struct unit *unit, uint64_t address)
{
    if (!unit->known) {
        unit->known = true;
        collect_functions(unit, &unit->die, 0);
        sort_ranges(&unit->functions);
    }
    const struct range *range = find_range(&unit->functions, address);
    return range ? &unit->dies[range->owner] : NULL;
}

/* The block or inlined function right below `parent` that holds the address. */
static bool find_child(Dwarf_Die *parent, uint64_t address, Dwarf_Die *child)
{
    if (dwarf_child(parent, child) != 0)
        return false;
    do {
        int tag = dwarf_tag(child);
        bool is_block = tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
        if ((is_block || tag == DW_TAG_inlined_subroutine) && dwarf_haspc(child, address) == 1)
            return true;
    } while (dwarf_siblingof(child, child) == 0);
    return false;
}

/* The function and what is inlined into it around the address, outermost first: how many. */
static size_t find_chain(Dwarf_Die *function, uint64_t address, Dwarf_Die *chain, size_t room)
{
    Dwarf_Die here = *function, child;
    size_t count = 1;
    chain[0] = *function;
    for (unsigned depth = 0; depth < DEEPEST && count < room && find_child(&here, address, &child); depth++) {
        if (dwarf_tag(&child) == DW_TAG_inlined_subroutine)
            chain[count++] = child;
        here = child;
    }
    return count;
}

static const char *text_attribute(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

static void name_function(struct debug_info *info, Dwarf_Die *die, struct frame *frame)
{
    const char *symbol = text_attribute(die, DW_AT_linkage_name);
    if (symbol == NULL)
        symbol = text_attribute(die, DW_AT_MIPS_linkage_name);
    if (symbol == NULL)
        symbol = text_attribute(die, DW_AT_name);
    frame->symbol = pool__text(info->pool, symbol);
    frame->function = demangle__function(info->pool, symbol);
}

static const char *full_path(struct debug_info *info, Dwarf_Die *unit, const char *path)
{
    char *joined = source_path__join(text_attribute(unit, DW_AT_comp_dir), path);
    const char *text = pool__text(info->pool, joined);
    free(joined);
    return text;
}

static void place_line(struct debug_info *info, Dwarf_Die *unit, uint64_t address, struct frame *frame)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    const char *path = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
    if (path == NULL)
        return;
    frame->file = full_path(info, unit, path);
    dwarf_lineno(line, &frame->line);
    dwarf_linecol(line, &frame->column);
}

/* Where an inlined function was called: that is the line of the frame that it was inlined into. */
static void place_call(struct debug_info *info, Dwarf_Die *unit, Dwarf_Die *inlined, struct frame *frame)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0, column = 0;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_getsrcfiles(unit, &files, &count) != 0)
        return;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 || file >= count)
        return;
    const char *path = dwarf_filesrc(files, (size_t)file, NULL, NULL);
    if (path == NULL)
        return;
    frame->file = full_path(info, unit, path);
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0 && line <= INT32_MAX)
        frame->line = (int)line;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_column, &attribute), &column) == 0 && column <= INT32_MAX)
        frame->column = (int)column;
}

static const struct language {
    int code;
    const char *name;
} languages[] = {
    {DW_LANG_C89, "C"},
    {DW_LANG_C, "C"},
    {DW_LANG_C99, "C"},
    {DW_LANG_C11, "C"},
    {0x2c /* C17 */, "C"},
    {0x3e /* C23 */, "C"},
    {DW_LANG_C_plus_plus, "C++"},
    {DW_LANG_C_plus_plus_03, "C++"},
    {DW_LANG_C_plus_plus_11, "C++"},
    {DW_LANG_C_plus_plus_14, "C++"},
    {0x2b /* C++17 */, "C++"},
    {0x2d /* C++20 */, "C++"},
    {0x3a /* C++23 */, "C++"},
    {DW_LANG_Rust, "Rust"},
    {DW_LANG_Go, "Go"},
    {DW_LANG_D, "D"},
    {DW_LANG_Swift, "Swift"},
    {0x27 /* Zig */, "Zig"},
    {DW_LANG_Ada83, "Ada"},
    {DW_LANG_Ada95, "Ada"},
    {DW_LANG_Pascal83, "Pascal"},
    {DW_LANG_Fortran77, "Fortran"},
    {DW_LANG_Fortran90, "Fortran"},
    {DW_LANG_Fortran95, "Fortran"},
    {DW_LANG_Fortran03, "Fortran"},
    {DW_LANG_Fortran08, "Fortran"},
    {DW_LANG_ObjC, "Objective-C"},
    {DW_LANG_ObjC_plus_plus, "Objective-C++"},
    {DW_LANG_Haskell, "Haskell"},
    {DW_LANG_OCaml, "OCaml"},
    {0x8001 /* DW_LANG_Mips_Assembler */, "assembly"},
};

static const char *language_of(Dwarf_Die *unit)
{
    int code = dwarf_srclang(unit);
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
        if (languages[i].code == code)
            return languages[i].name;
    return NULL;
}

size_t debug_info__look_up(struct debug_info *info, uint64_t address, struct frame *frames, size_t room)
{
    const struct range *range = find_range(&info->addresses, address);
    if (range == NULL || room == 0)
        return 0;
    struct unit *unit = &info->units[range->owner];
    Dwarf_Die chain[DEEPEST];
    Dwarf_Die *function = find_function(unit, address);
    size_t count = function ? find_chain(function, address, chain, room < DEEPEST ? room : DEEPEST) : 1;
    for (size_t i = 0; i < count; i++) { /* frames are innermost first, the chain outermost first */
        struct frame *frame = &frames[i];
        *frame = (struct frame){.inlined = i + 1 < count, .language = language_of(&unit->die)};
        if (function != NULL)
            name_function(info, &chain[count - 1 - i], frame);
        if (i == 0)
            place_line(info, &unit->die, address, frame);
        else
            place_call(info, &unit->die, &chain[count - i], frame);
    }
    return count;
}
