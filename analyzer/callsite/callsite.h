/* Did the program look at what a release returned? The machine code behind the call tells.
 *
 * The recorded stack leads the way: where a function returns the value to its caller, its caller is asked. Looking is
 * reading the result register before it is overwritten, in whatever way: comparing, computing, storing it where others
 * see it, handing it on as an argument. So is comparing errno before anything else is called that could change it; only
 * loading errno (return -errno, saving and restoring it) is none, because it is mostly an earlier call's errno that is
 * meant. Leaving by exit, abort or longjmp counts only where nothing else is found. */
#ifndef CALLSITE_H
#define CALLSITE_H

#include <stddef.h>

#include "symbol/judged.h"

struct callsites;
struct symbols;

/* The symbols, which find the files, must outlive it. */
struct callsites *callsites__new(struct symbols *symbols);
void callsites__free(struct callsites *callsites);

/* Frames are innermost first; the first one is where the release returns to. Every site is looked at once. */
void callsites__judge(struct callsites *callsites, const struct callsite_frame *frames, size_t count,
                      struct callsite_verdict *verdict);

/* "ignored", "checked_some_paths", … */
const char *verdict__name(enum verdict verdict);

#endif
