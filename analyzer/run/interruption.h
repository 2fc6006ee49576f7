/* Signals that would end leakwatch while it has a directory to remove, or a report to write on a command that has run. */
#ifndef INTERRUPTION_H
#define INTERRUPTION_H

/* From now on, whatever signal ends this process: the directory, whose name stays where it is, goes first. NULL: there is
 * none. A reader of the report who goes away does not end it. */
void interruption__guard(const char *directory);
/* The command has ended: one more signal, which was meant for it, does not end the report on it. */
void interruption__spare_one(void);
/* The directory is gone. */
void interruption__relax(const char *directory);
/* Since guard: writes to pipes that nobody reads any more. */
int interruption__broken_pipes(void);

#endif
