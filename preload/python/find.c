/* Finding the interpreter.
 *
 * DESIGN. A Python frame can be in a stack only where the code that runs it is. So modules are asked for that code when a
 * walk meets them first: a program that has no interpreter pays one look into the hash table of each of its modules, and
 * it does not matter by whom an interpreter was loaded, or how. What is known goes with the generation of modules: an
 * interpreter may be unloaded, and another take its place.
 *
 * Its version says where things should be. Its own descriptions of its types say where some of them are; if one is
 * elsewhere, nothing is read at all. */
#include "find.h"

#include <stddef.h>
#include <string.h>

#include "ledger/ledger.h"
#include "process/process.h"

LW_BEGIN_DATA struct lw_python lw_python;
bool (*lw_python_met)(void);

static LW_START_DATA uint32_t state, version; /* as in the header of a ledger */
static LW_START_DATA uint32_t looked;         /* 1 + the generation of modules for which that holds */

#if defined(__x86_64__)
static const struct lw_python_layout layouts[] = {
#define LW_LAYOUT(...) {__VA_ARGS__},
#include "layouts.def"
};
#else
static const struct lw_python_layout layouts[] = {{0}}; /* of no version */
#endif

enum {
    TYPE_SIZE = 32,
    TYPE_MEMBERS = 240,
    MEMBER = 40, /* bytes of a description: its name stands first */
    MEMBER_OFFSET = 16,
    MEMBERS_AT_MOST = 64
};

static uint64_t word_at(uint64_t address)
{
    return *(const uint64_t *)address;
}

/* ---- Its version ---- */

static uint32_t digits(const char **text)
{
    uint32_t number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++)
        number = number * 10 + (uint32_t)(**text - '0');
    *text += **text == '.';
    return number;
}

/* "3.8.18 (default, …)", of those that have no number. */
static uint32_t version_of_text(const char *text)
{
    uint32_t major = digits(&text), minor = digits(&text), micro = digits(&text);
    return major << 24 | minor << 16 | micro << 8;
}

static uint32_t version_of(const struct lw_exports *exports)
{
    uint64_t number = lw_export_address(exports, "Py_Version");
    const char *(*text)(void) = NULL;
    if (number)
        return (uint32_t)word_at(number);
    uint64_t function = lw_export_address(exports, "Py_GetVersion");
    memcpy(&text, &function, sizeof text);
    return text ? version_of_text(text()) : 0;
}

static const struct lw_python_layout *layout_of(uint32_t number)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (number >> 16 == (3u << 8 | layouts[i].minor))
            return &layouts[i];
    return NULL;
}

/* ---- Is it as its version says? ---- */

/* Where a type says that a member of its objects is; 0: it does not say. */
static uint64_t member_of(uint64_t type, const char *name)
{
    uint64_t member = word_at(type + TYPE_MEMBERS);
    for (int i = 0; member && i < MEMBERS_AT_MOST && word_at(member); i++, member += MEMBER)
        if (strcmp((const char *)word_at(member), name) == 0)
            return word_at(member + MEMBER_OFFSET);
    return 0;
}

static bool is_as_said(uint64_t type, const char *name, uint64_t offset, bool must)
{
    uint64_t there = member_of(type, name);
    return there ? there == offset : !must;
}

static bool fits(const struct lw_python_layout *layout, uint64_t code, uint64_t frame)
{
    const struct {
        const char *name;
        uint64_t offset;
        bool must;
    } members[] = {
        {"co_filename", layout->code_file, true},
        {"co_name", layout->code_name, true},
        {"co_firstlineno", layout->code_first_line, true},
        {"co_qualname", layout->code_qualified, layout->code_qualified != 0},
        {"co_linetable", layout->code_lines, layout->minor >= 10},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (!is_as_said(code, members[i].name, members[i].offset, members[i].must))
            return false;
    if (layout->way == WAY_OBJECTS && (!is_as_said(frame, "f_back", layout->frame_back, true) ||
                                       !is_as_said(frame, "f_code", layout->frame_code, false)))
        return false;
    return word_at(code + TYPE_SIZE) == layout->code_size;
}

/* ---- From 3.13 on the runtime begins with a description of itself ---- */

enum { COOKIE_FREE_THREADED = 16, COOKIE_FINALIZING = 32 };

static bool has_cookie(uint64_t runtime)
{
    return memcmp((const void *)runtime, "xdebugpy", 8) == 0;
}

static uint64_t finalizing_of(const struct lw_python_layout *layout, uint64_t runtime)
{
    return runtime + (layout->runtime_finalizing ? layout->runtime_finalizing : word_at(runtime + COOKIE_FINALIZING));
}

/* ---- The interpreter ---- */

/* What is there already is not written again: other threads may be reading it. */
static void publish(struct lw_python *found, uint64_t function)
{
    enum { FROM = offsetof(struct lw_python, evaluates), SIZE = offsetof(struct lw_python, layout) - FROM };
    bool is_same =
        memcmp(&lw_python.evaluates, &found->evaluates, SIZE) == 0 && lw_python.layout.minor == found->layout.minor;
    if (!is_same)
        lw_python = *found;
    memcpy(&found->state, &function, sizeof found->state);
    __atomic_store_n(&lw_python.state, found->state, __ATOMIC_RELEASE);
}

static enum lw_python_state settle(const struct lw_python_module *module, const struct lw_exports *exports,
                                   const Elf64_Sym *evaluates)
{
    struct lw_python found = {.evaluates = module->base + evaluates->st_value,
                              .start = module->start,
                              .end = module->end,
                              .exports = *exports};
    const struct lw_python_layout *layout = layout_of(version);
    uint64_t function = lw_export_address(exports, "PyGILState_GetThisThreadState");
    uint64_t frame_type = lw_export_address(exports, "PyFrame_Type");
    found.code_type = lw_export_address(exports, "PyCode_Type");
    found.text_type = lw_export_address(exports, "PyUnicode_Type");
    found.runtime = lw_export_address(exports, "_PyRuntime");
    if (sizeof layouts / sizeof layouts[0] < 2)
        return LW_PYTHON_MACHINE;
    if (!layout)
        return LW_PYTHON_UNKNOWN;
    if (!function || !frame_type || !found.code_type || !found.text_type || !found.runtime || !evaluates->st_size)
        return LW_PYTHON_DIFFERS;
    bool is_described = has_cookie(found.runtime);
    if (is_described && word_at(found.runtime + COOKIE_FREE_THREADED))
        return LW_PYTHON_FREE_THREADED;
    if (is_described != (layout->runtime_finalizing == 0) || !fits(layout, found.code_type, frame_type))
        return LW_PYTHON_DIFFERS;
    found.evaluates_end = found.evaluates + evaluates->st_size;
    found.finalizing = finalizing_of(layout, found.runtime);
    found.layout = *layout;
    publish(&found, function);
    return LW_PYTHON_TOLD;
}

void lw_python_look(const struct lw_python_module *module)
{
    struct lw_exports exports;
    uint32_t now = 1 + __atomic_load_n(&lw_generation, __ATOMIC_ACQUIRE);
    if (state && looked == now)
        return;
    if (!lw_exports_of(&exports, module->base, module->headers, module->count))
        return;
    const Elf64_Sym *evaluates = lw_export(&exports, "_PyEval_EvalFrameDefault");
    if (!evaluates)
        return;
    lw_python_forget();
    version = version_of(&exports);
    state = settle(module, &exports, evaluates);
    looked = now;
    lw_python_say();
}

void lw_python_forget(void)
{
    __atomic_store_n(&lw_python.state, NULL, __ATOMIC_RELEASE);
}

void lw_python_say(void)
{
    struct lw_header *header = lw_header();
    if (state && header->python_state != state) {
        header->python = version;
        __atomic_store_n(&header->python_state, state, __ATOMIC_RELEASE);
    }
}
