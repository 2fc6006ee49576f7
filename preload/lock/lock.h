/* Locks: which of them a thread holds, where it took them, what it waits for. See leakwatch/ledger_boards.h.
 *
 * Rules: between begin and end there is the real call and nothing else. Nothing here takes a lock, allocates, or looks a
 * name up; system calls are made only where a thread comes for the first time, or from a new place. errno is not touched. */
#ifndef LW_LOCK_H
#define LW_LOCK_H

#include "board.h"
#include "early.h"
#include "files.h"
#include "inside.h"
#include "thread_names.h"
#include "owners.h"
#include "place.h"
#include "remains.h"
#include "taking.h"
#include "usual.h"
#include "words.h"

#endif
