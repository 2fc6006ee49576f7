/* What the recorder hands to the harness. */
#ifndef RECORDER_H
#define RECORDER_H

#include <setjmp.h>

enum { RECORDED_AT_MOST = 32, RECORDERS_OWN = 2 /* frames of the recorder itself: record and give_back */ };

extern jmp_buf back;
extern void *recorded[RECORDED_AT_MOST];
extern int recorded_count;

#endif
