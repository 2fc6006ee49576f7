/* What leakwatch knows about the running thread. */
#include "thread.h"

#include <sys/syscall.h>

#include "process/process.h"
#include "system/system.h"

__thread struct lw_thread lw_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));

uint32_t lw_thread_id(struct lw_thread *thread)
{
    if (!thread->id)
        thread->id = lw_strict ? lw_own_tid() : (uint32_t)lw_system0(SYS_gettid);
    return thread->id;
}
