/* What the interpreter itself says of its stack. */
#ifndef LW_TEST_INTERPRETER_H
#define LW_TEST_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_ROOM 1200

/* Finds the interpreter in this process. False: there is none, or one before 3.8. */
bool interpreter_find(void);
typedef int audit_hook(const char *event, void *arguments, void *data);
void interpreter_audit(audit_hook *hook);
/* Does it run, in this thread? */
bool interpreter_runs(void);
/* Up to 3.11: is it a subinterpreter that runs now? A thread's state is the main one's there. */
bool interpreter_is_hidden(void);
/* "LINE\nFUNCTION\nFILE" of each frame of sys._getframe, innermost first: how many there are, `room` at most told. Needs the
 * GIL; leaves a pending exception as it is. -1: it could not be asked. */
int interpreter_frames(char (*lines)[LINE_ROOM], int room);

#endif
