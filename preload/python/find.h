/* Which interpreter is in this process, and how it is laid out. */
#ifndef LW_PYTHON_FIND_H
#define LW_PYTHON_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/symbol.h"

#pragma GCC visibility push(hidden)

enum lw_python_way {
    WAY_OBJECTS, /* frames are objects; each has an evaluation of its own */
    WAY_ENTRY,   /* an evaluation runs several, of which the first one is marked */
    WAY_SHIM,    /* … before the first one stands a frame of no code */
    WAY_DIRECT   /* likewise, and the innermost one stands in the thread's state */
};

struct lw_python_layout {
    uint32_t minor;
    enum lw_python_way way;
    uint16_t state_frame, cframe_frame, state_anchor;
    uint16_t frame_code, frame_back, frame_instruction, frame_entry;
    uint16_t code_file, code_name, code_qualified, code_first_line, code_lines, code_bytes, code_begins, code_version,
        code_size;
    uint16_t text_ascii, text_other;
    uint16_t runtime_finalizing;
    uint16_t code_flags;
    uint8_t yield, traced_yield;
};

/* What every stack that is taken asks for. */
struct lw_python {
    void *(*state)(void);              /* of the running thread; NULL: frames are not told here */
    uint64_t evaluates, evaluates_end; /* the code that runs Python code … */
    uint64_t start, end;               /* … in the interpreter's own module */
    uint64_t finalizing;               /* where it stands who ends the interpreter */
    uint64_t code_type, text_type, runtime;
    struct lw_exports exports; /* of the interpreter's module */
    struct lw_python_layout layout;
};
extern struct lw_python lw_python;
/* What is to be done where its frames are told, until it says that it is done; NULL: nothing. Aside. */
extern bool (*lw_python_met)(void);

/* A module was met that had not been. Aside. */
struct lw_python_module {
    uint64_t base, start, end;
    const Elf64_Phdr *headers;
    uint32_t count;
};
void lw_python_look(const struct lw_python_module *module);
/* A module has gone, which may have been the interpreter: it is none until it is met again. */
void lw_python_forget(void);
/* Says in the ledger which interpreter was met. */
void lw_python_say(void);

static inline bool lw_python_is_told(void)
{
    return __atomic_load_n(&lw_python.state, __ATOMIC_RELAXED) != NULL;
}

/* Is it the address to which a call in an evaluation returns? */
static inline bool lw_python_evaluates(uint64_t address)
{
    return address - 1 - lw_python.evaluates < lw_python.evaluates_end - lw_python.evaluates;
}

/* Does the interpreter end? What it takes down then, nobody has given back. */
static inline bool lw_python_is_ending(void)
{
    return lw_python_is_told() && *(const volatile uint64_t *)lw_python.finalizing != 0;
}

static inline bool lw_python_is_own(uint64_t address)
{
    return address - lw_python.start < lw_python.end - lw_python.start;
}

#pragma GCC visibility pop

#endif
