/* What becomes of a system call that was interrupted as its thread was stopped. */
#ifndef ATTACH_INTERRUPTED_H
#define ATTACH_INTERRUPTED_H

#include <stdbool.h>

#if defined(__x86_64__)
#include <sys/user.h>

/* Where the call would fail by EINTR for no other reason than that its thread was stopped: sets the registers so that the
 * kernel makes it again, or, where a handler comes first, has it fail. False: it does so by itself. */
bool interrupted__make_again(struct user_regs_struct *registers);

/* The registers as the kernel would set them for the call to be made again, without asking the kernel to. */
void interrupted__rewind(struct user_regs_struct *registers);

#endif
#endif
