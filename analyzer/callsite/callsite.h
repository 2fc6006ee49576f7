/* Did the program look at what a release returned? The machine code behind the call tells.
 *
 * The recorded stack leads the way: where a function returns the value to its caller, its caller is asked. Looking is
 * reading the result register before it is overwritten, in whatever way: comparing, computing, storing it where others
 * see it, handing it on as an argument. So is comparing errno before anything else is called that could change it; only
 * loading errno (return -errno, saving and restoring it) is none, because it is mostly an earlier call's errno that is
 * meant. Leaving by exit, abort or longjmp counts only where nothing else is found. */
#ifndef CALLSITE_H
#define CALLSITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct callsites;
struct symbols;

enum verdict {
    VERDICT_UNKNOWN,            /* code that is not on disk, an indirect jump, something that cannot be followed */
    VERDICT_CHECKED,            /* all paths look at it */
    VERDICT_CHECKED_SOME_PATHS, /* some do, and some do not */
    VERDICT_IGNORED,            /* none does */
    VERDICT_RETURNED,           /* handed up to where the recorded stack ends */
};

/* A return address: of the release's call, and of those around it. */
struct callsite_frame {
    uint32_t module; /* as symbols__module numbers it */
    uint64_t offset; /* in the module: address - base */
};

struct callsite_verdict {
    enum verdict verdict;
    size_t frame;       /* how far up it was decided: an index of the frames */
    uint64_t where;     /* offset, in that frame's module, of the instruction that decided; 0: none */
    const char *how;    /* what the instruction does, in words that go before it: "overwritten by" */
    bool is_handed;     /* it is a call, or a jump that is one: of `callee`, or else of what stands at `target` */
    const char *callee; /* in another file; lives as long as the callsites; NULL: not known */
    uint64_t target;    /* offset in that frame's module; 0: not known */
    char evidence[96];  /* the instruction, "mov eax, 1"; with the name of what it calls, "call 0x1030 (free)" */
};

/* The symbols, which find the files, must outlive it. */
struct callsites *callsites__new(struct symbols *symbols);
void callsites__free(struct callsites *callsites);

/* Frames are innermost first; the first one is where the release returns to. Every site is looked at once. */
void callsites__judge(struct callsites *callsites, const struct callsite_frame *frames, size_t count,
                      struct callsite_verdict *verdict);

/* "ignored", "checked_some_paths", … */
const char *verdict__name(enum verdict verdict);

#endif
