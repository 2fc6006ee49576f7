/* Shapes that look away. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

SHAPE(plain, IGNORED)
{
    give_back(context->fd);
}

SHAPE(cast_to_void, IGNORED)
{
    (void)give_back(context->fd);
    context->fd = -1;
}

TELLING_SHAPE(then_a_constant_returned, IGNORED)
{
    give_back(context->fd);
    return 0;
}

TELLING_SHAPE(then_an_error_returned, IGNORED)
{
    if (context->fd >= 0)
        give_back(context->fd);
    return -1;
}

SHAPE(then_another_call, IGNORED)
{
    give_back(context->fd);
    note();
}

TELLING_SHAPE(then_a_call_with_a_result, IGNORED)
{
    give_back(context->fd);
    return next_number();
}

SHAPE(then_a_call_with_an_argument, IGNORED)
{
    give_back(context->fd);
    log_two("closed", context->second_fd);
}

SHAPE(two_in_a_row, IGNORED)
{
    give_back(context->fd);
    give_back(context->second_fd);
}

SHAPE(variable_never_read, IGNORED)
{
    int status = give_back(context->fd);
    (void)status;
    note();
}

SHAPE(volatile_never_read, IGNORED)
{
    volatile int status = give_back(context->fd);
    (void)sizeof status;
}

TELLING_SHAPE(variable_overwritten, IGNORED)
{
    int status = give_back(context->fd);
    status = next_number();
    return status;
}

TELLING_SHAPE(variable_overwritten_by_a_constant, IGNORED)
{
    int status = give_back(context->fd);
    status = context->is_verbose ? 2 : 3;
    return status;
}

SHAPE(loop_over_all, IGNORED)
{
    for (int i = 0; i < context->count; i++)
        give_back(context->fds[i]);
}

SHAPE(loop_while_there_are_some, IGNORED)
{
    do
        give_back(next_number());
    while (has_number());
}

SHAPE(errno_saved_and_restored, IGNORED)
{
    int saved = errno;
    give_back(context->fd);
    errno = saved;
}

TELLING_SHAPE(earlier_errno_returned, IGNORED)
{
    give_back(context->fd);
    return -errno;
}

SHAPE(earlier_errno_printed, IGNORED)
{
    give_back(context->fd);
    log_two(strerror(errno), 1);
}

SHAPE(ternary_statement, IGNORED)
{
    context->count ? (void)give_back(context->fd) : note();
}

TELLING_SHAPE(comma, IGNORED)
{
    return (give_back(context->fd), context->count);
}

SHAPE(function_pointer, IGNORED)
{
    context->release(context->fd);
}

SHAPE(then_exit, IGNORED)
{
    give_back(context->fd);
    exit(1);
}

SHAPE(then_abort, IGNORED)
{
    give_back(context->fd);
    abort();
}

SHAPE(then_die, IGNORED)
{
    give_back(context->fd);
    die("cannot go on");
}

SHAPE(then_free, IGNORED)
{
    give_back(context->fd);
    free(context->buffer);
    context->buffer = NULL;
}

TELLING_SHAPE(other_variable_returned, IGNORED)
{
    int kept = next_number();
    give_back(context->fd);
    return kept;
}

static void discard(int *fd)
{
    if (*fd >= 0)
        give_back(*fd);
}

TELLING_SHAPE(cleanup_attribute, IGNORED)
{
    __attribute__((cleanup(discard))) int fd = context->fd;
    return next_number() + fd;
}

TELLING_SHAPE(goto_cleanup, IGNORED)
{
    int result = -1;
    if (context->count == 0)
        goto out;
    result = next_number();
    if (result > 7)
        goto out;
    context->is_odd = result & 1;
out:
    give_back(context->fd);
    return result;
}

SHAPE(switch_case, IGNORED)
{
    switch (context->count) {
    case 1:
        note();
        break;
    case 3:
        give_back(context->fd);
        break;
    default:
        log_status(2);
    }
}

SHAPE(struct_never_read, IGNORED)
{
    struct outcome_record record = {0, 0, 0};
    record.status = give_back(context->fd);
    (void)record;
}

SHAPE(then_floating_point, IGNORED)
{
    double sum = context->count * 0.5;
    give_back(context->fd);
    context->last_status = (int)(sum * context->count);
}

SHAPE(reopen_plain, IGNORED)
{
    reopen(context->stream);
}

TELLING_SHAPE(reopen_then_number, IGNORED)
{
    reopen(context->stream);
    return context->count;
}

__attribute__((noinline)) static void wrapped_discard(int fd)
{
    give_back(fd);
}

SHAPE(wrapper_without_result, IGNORED)
{
    wrapped_discard(context->fd);
    context->fd = -1;
}

__attribute__((noinline)) static int wrapped(int fd)
{
    return fd < -1 ? -1 : give_back(fd);
}

SHAPE(wrapper_with_result_ignored, IGNORED)
{
    wrapped(context->fd);
    note();
}

static inline int inlined(int fd)
{
    return give_back(fd);
}

SHAPE(inlined_wrapper_ignored, IGNORED)
{
    inlined(context->fd);
}

SHAPE(other_files_wrapper_ignored, IGNORED)
{
    other_give_back(context->fd);
    note();
}

SHAPE(other_files_discard, IGNORED)
{
    other_discard(context->fd);
}

__attribute__((noinline)) static int twice_wrapped(int fd)
{
    return wrapped(fd);
}

TELLING_SHAPE(two_wrappers_ignored, IGNORED)
{
    twice_wrapped(context->fd);
    return context->count;
}

__attribute__((noinline)) static void silent(struct context *context)
{
    context->count++;
}

SHAPE(then_own_function, IGNORED)
{
    give_back(context->fd);
    silent(context);
}
