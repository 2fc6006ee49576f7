/* Changes of the limit of descriptors, by the calls that are seen. */
#include "limits.h"

#include <errno.h>

#include "process/process.h"
#include "record.h"

void lw_limit_changed(struct lw_call *call, uint64_t soft, uint64_t hard)
{
    struct lw_record record;
    int error = errno;
    if (lw_keeping() && lw_limit_is_new(soft, hard) && lw_record_open(&record, call, false)) {
        lw_limit_note(&(struct lw_limit){.time = record.now,
                                         .soft = soft,
                                         .hard = hard,
                                         .stack = record.trace.stack,
                                         .call = record.call,
                                         .thread = record.thread->id});
        lw_record_close(&record);
    }
    errno = error;
}
