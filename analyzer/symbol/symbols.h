/* Addresses to functions, files and lines, with inlined frames; libdwfl below. One `symbols` serves many ledgers: what
 * was looked up once for a build-id and offset is not looked up again. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct Elf;
struct symbols;
struct pool;

/* Whose code it is: see system_code.h. */
enum code_origin { CODE_USER, CODE_LIBRARY, CODE_INTERPRETER, CODE_ENTRY, CODE_LEAKWATCH };

struct frame {
    const char *function; /* demangled (C++, Rust); NULL: not known */
    const char *symbol;   /* as in the symbol table, for fingerprints; NULL: not known */
    const char *module;   /* path; NULL: code made at run time */
    const char *build_id; /* hex; NULL: none */
    const char *file;     /* NULL: not known */
    int line;             /* 0: not known */
    int column;           /* tells calls of one line apart; 0: not known */
    uint64_t offset;      /* address in the file (address - base), as addr2line wants it */
    bool inlined;         /* into the frame that follows */
    bool changed;         /* the file on disk is another build by now: no names were looked up */
    const char *language; /* "C", "C++", "Rust", …; NULL: not known */
    bool is_generated;    /* made at run time, and perf's map names it: see generated.h */
    enum code_origin origin;
    /* Of the frames of a stack, where a compiler made a jump of a call at a function's end; NULL: not known to be so. */
    const char *jumped_from;  /* the function that the next frame called, and that ended in a jump to this one */
    const char *left_by_jump; /* innermost frame: the function that it called, and that ended in a jump to the call */
};

/* A return address, for those who look at the code behind it. */
struct callsite_frame {
    uint32_t module; /* as symbols__module numbers it */
    uint64_t offset; /* in the module: address - base */
};

struct symbols_options {
    bool debuginfod;        /* ask debuginfod servers (DEBUGINFOD_URLS) */
    const char *debug_path; /* NULL: libdwfl's default */
};

enum { SYMBOLS_INLINED = 32 }; /* frames of one place at most */

struct symbols *symbols__new(const struct symbols_options *options);
void symbols__free(struct symbols *symbols);

/* The frames (innermost inlined one first) of one address in a module: how many were stored, at most `room`, at least 1
 * if room is. `exact`: the address itself was executing (a signal frame), not a return address. Strings live as long as
 * the symbols. module_path NULL: code made at run time. */
size_t symbols__look_up(struct symbols *symbols, const char *module_path, const struct lw_module *module,
                        uint64_t address, bool exact, struct frame *frames, size_t room);

/* A module by path and build-id: a number that is the same in all ledgers; 0 for code that was made at run time. */
uint32_t symbols__module(struct symbols *symbols, const char *path, const struct lw_module *module);
/* The same where the path is one of a process that runs, which may see other files than we do. It is known by the number
 * that it has here; 0: it sees ours. What lies at the path of its program may be a later build. */
uint32_t symbols__module_in(struct symbols *symbols, uint32_t process, bool is_program, const char *path,
                            const struct lw_module *module);

/* The same look-up by such a number and the offset in the module. The frames live as long as the symbols; `count` says
 * how many, at least 1. */
const struct frame *symbols__frames(struct symbols *symbols, uint32_t module, uint64_t offset, bool exact,
                                    size_t *count);

/* Does the code there return from a signal handler? The frame outside of it is then to be looked up `exact`. */
bool symbols__is_trampoline(struct symbols *symbols, uint32_t module, uint64_t offset);

/* The function that the call in front of a return address leads to, and that ends in a jump, where that is certain. */
struct symbols_call {
    const char *function; /* as a frame's */
    const char *symbol;
    uint64_t start, end; /* in the module */
};

/* What was called instead of the function that a stack has next to this return address: `inner` is the outermost frame
 * of that place (others are inlined into it); NULL: a function of another module. NULL where it is the same function, or
 * where that is not certain. */
const char *symbols__jumped_from(struct symbols *symbols, uint32_t module, uint64_t offset, const struct frame *inner);

/* The file of a module, for those who read its code; NULL where it cannot be read or is another build by now. Lives as
 * long as the symbols. */
struct Elf *symbols__elf(struct symbols *symbols, uint32_t module);

/* What is known so far, for those who keep it (resolved.h). */
struct symbols_module {
    uint32_t number;
    const char *path;
    const uint8_t *build_id;
    size_t build_id_length;
};
struct symbols_place {
    uint32_t module;
    uint64_t offset;
    bool exact, is_trampoline;
    size_t count;
    const struct frame *frames;
    const struct symbols_call *call; /* NULL: none that ends in a jump */
};
typedef void symbols_visit(void *context, const struct symbols_place *place);
void symbols__each_place(struct symbols *symbols, symbols_visit *visit, void *context);
size_t symbols__module_count(const struct symbols *symbols); /* their numbers run from 1 to that */
struct symbols_module symbols__module_of(const struct symbols *symbols, uint32_t number);

/* What was known elsewhere: from then on nothing is looked up for this place. Of the frames only what binary__look_up sets
 * is taken; none: only whether it is a trampoline is known. A place that is known already stays as it is. */
void symbols__add_place(struct symbols *symbols, const struct symbols_place *place);

/* The function of a place that was added; NULL: it was not. */
const char *symbols__added_name(const struct symbols *symbols, uint32_t module, uint64_t offset);

/* Verdicts on release calls, which live as long as the symbols. */
struct judged *symbols__judged(struct symbols *symbols);

struct pool *symbols__pool(struct symbols *symbols); /* for texts that shall live as long */

#endif
