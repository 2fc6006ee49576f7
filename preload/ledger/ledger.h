/* The mapped ledger: blocks, tables, slots, lanes. No policy: what is booked, and when, is account's affair.
 *
 * Everything here may be called by any number of threads and from signal handlers, never waits, and says "no room" by 0
 * or NULL. Pages are claimed (made writable and given room on disk) before they are used, so that a full disk is an
 * answer and not a SIGBUS. */
#ifndef LW_LEDGER_H
#define LW_LEDGER_H

#include "call_names.h"
#include "lanes.h"
#include "late.h"
#include "leakwatch/ledger.h"
#include "limits.h"
#include "lines.h"
#include "map.h"
#include "samples.h"
#include "slots.h"
#include "tables.h"

#endif
