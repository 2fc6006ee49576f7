/* What differs between processors about unwind tables. */
#ifndef LW_COLUMNS_H
#define LW_COLUMNS_H

/* The columns that matter, as the tables number registers. LW_RETURNS_BELOW: a call puts the return address just below where
 * the caller's stack begins; else it comes in a register, and a function that calls others saves it somewhere in its frame,
 * as a rule in a record: the frame pointer, and it behind that. LW_RETURNS_SIGNED: what is saved of it may be signed, as
 * some step of the tables says, and must be bared (lw_bare_address). */
#if defined(__x86_64__)
enum { LW_COLUMN_FP = 6, LW_COLUMN_SP = 7, LW_COLUMN_RETURN = 16 };
#define LW_RETURNS_BELOW 1
#define LW_RETURNS_SIGNED 0
#elif defined(__aarch64__)
enum { LW_COLUMN_FP = 29, LW_COLUMN_SP = 31, LW_COLUMN_RETURN = 30 };
#define LW_RETURNS_BELOW 0
#define LW_RETURNS_SIGNED 1
#endif

#endif
