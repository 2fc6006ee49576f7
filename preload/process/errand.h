/* Work that needs a free descriptor number where the program has none left. */
#ifndef LW_ERRAND_H
#define LW_ERRAND_H

#pragma GCC visibility push(hidden)

/* Does the work, and where it says -EMFILE does it again with a table of descriptors of its own, in which one number is
 * free. The work must make raw system calls only, and close what it opens. Gives what the work gave; a negative errno. */
typedef long lw_work(void *argument);
long lw_errand(lw_work *work, void *argument);

#pragma GCC visibility pop

#endif
