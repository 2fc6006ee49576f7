/* Seccomp filters that this command, and so all that it starts, was born with. */
#ifndef LEAKWATCH_FILTERS_H
#define LEAKWATCH_FILTERS_H

/* How many there are, if under all of them the library may make each of its system calls; else 0. Containers, as a rule:
 * their filter is there, and minds none. */
unsigned filters__harmless(void);

#endif
