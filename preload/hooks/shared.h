/* What a function and its raw system call have in common. All are called after the real call, in the account's order:
 * errno is still what that call left, and `call` was entered. */
#ifndef LW_SHARED_H
#define LW_SHARED_H

#include <stdbool.h>
#include <sys/types.h>

#include "account/account.h"

struct msghdr;
struct rlimit;

/* Does this fcntl command, this ioctl request, make or change a descriptor? The others are only forwarded. */
bool lw_control_matters(int command);
bool lw_request_matters(unsigned long request);

/* Does prctl, called with these, forbid to read the processor's clock? */
bool lw_forbids_clock(long option, long value);

/* Is this the limit of descriptors, and a new one? */
bool lw_limit_matters(int resource, const struct rlimit *wanted);
/* pid: whose, 0 is this process; old: where the one before was asked for. */
void lw_limit_set(struct lw_call *call, pid_t pid, const struct rlimit *wanted, const struct rlimit *old);

/* Does this fcntl command take locks on a file, or give them back? */
bool lw_control_locks(int command);
struct lw_control {
    uint32_t hook;
    const void *frame; /* of the hook */
    int fd, command;
    long argument;
};
int lw_control_lock(const struct lw_control *control, int (*real)(int, int, ...));

void lw_controlled(struct lw_call *call, int fd, int command, long argument, long result);
void lw_requested(struct lw_call *call, int fd, unsigned long request, const void *argument, long result);
void lw_received(struct lw_call *call, const struct msghdr *message, int flags);
void lw_range_closed(struct lw_call *call, unsigned first, unsigned last, int flags);
void lw_waited(struct lw_call *call, pid_t wanted, pid_t pid, int status, int options);
/* Fills in the text of what was opened by `path`, relative to a directory other than the working directory: from there on,
 * as far as is known where that is. */
struct lw_beneath {
    char room[LW_DETAIL + 1]; /* one more than is kept tells that it was cut */
};
void lw_opened_beneath(struct lw_detail *detail, struct lw_beneath *beneath, int directory, const char *path);
void lw_waited_for_id(struct lw_call *call, int type, int id, const void *info, int options, int result);

#endif
