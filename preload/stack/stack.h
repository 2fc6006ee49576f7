/* Which stack is this, whose is it, and who calls? */
#ifndef LW_STACK_H
#define LW_STACK_H

#include "thread.h"
#ifndef __ASSEMBLER__

#include "aside.h"
#include "caller.h"
#include "library_path.h"
#include "marks.h"
#include "memos.h"
#include "merged.h"
#include "modules.h"
#include "moment.h"
#include "trace.h"
#include "unwinder.h"

#endif

#endif
