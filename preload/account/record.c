/* The record of an event is opened and closed. */
#include "in_line.h"

bool lw_record_open(struct lw_record *record, struct lw_call *call, bool worth)
{
    return lw_usual_open(record, call, worth);
}

void lw_record_close(struct lw_record *record)
{
    lw_usual_close(record);
}
