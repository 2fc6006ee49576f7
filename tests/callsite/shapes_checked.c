/* Shapes that look. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

SHAPE(if_negative, CHECKED)
{
    if (give_back(context->fd) < 0)
        note();
}

SHAPE(if_nonzero, CHECKED)
{
    if (give_back(context->fd))
        note();
}

SHAPE(if_zero, CHECKED)
{
    if (!give_back(context->fd))
        context->fd = -1;
}

SHAPE(if_minus_one, CHECKED)
{
    if (give_back(context->fd) == -1)
        log_two("cannot close", errno);
}

TELLING_SHAPE(if_failed_return, CHECKED)
{
    if (give_back(context->fd) != 0)
        return -1;
    return 0;
}

TELLING_SHAPE(ternary, CHECKED)
{
    return give_back(context->fd) ? -5 : 7;
}

TELLING_SHAPE(or_accumulated, CHECKED)
{
    int status = 0;
    for (int i = 0; i < context->count; i++)
        status |= give_back(context->fds[i]);
    return status;
}

TELLING_SHAPE(summed_up, CHECKED)
{
    int sum = next_number();
    sum += give_back(context->fd);
    return sum;
}

TELLING_SHAPE(minimum, CHECKED)
{
    int worst = next_number();
    int status = give_back(context->fd);
    return status < worst ? status : worst;
}

SHAPE(stored_in_context, CHECKED)
{
    context->last_status = give_back(context->fd);
}

int global_status;

SHAPE(stored_in_global, CHECKED)
{
    global_status = give_back(context->fd);
}

static __thread volatile int thread_status;

SHAPE(stored_in_thread, CHECKED)
{
    thread_status = give_back(context->fd);
}

SHAPE(stored_atomically, CHECKED)
{
    __atomic_store_n(&context->last_status, give_back(context->fd), __ATOMIC_SEQ_CST);
}

SHAPE(stored_in_array, CHECKED)
{
    context->statuses[context->count] = give_back(context->fd);
}

__attribute__((noinline)) static void release_into(int fd, int *status)
{
    *status = give_back(fd);
}

TELLING_SHAPE(out_parameter, CHECKED)
{
    int status = 0;
    release_into(context->fd, &status);
    return status;
}

SHAPE(passed_on, CHECKED)
{
    log_status(give_back(context->fd));
}

SHAPE(passed_second, CHECKED)
{
    log_two("close", give_back(context->fd));
}

SHAPE(passed_seventh, CHECKED)
{
    log_seven(1, 2, 3, 4, 5, 6, give_back(context->fd));
}

SHAPE(passed_to_variadic, CHECKED)
{
    log_format("close says %d\n", give_back(context->fd));
}

SHAPE(passed_to_exit, CHECKED)
{
    exit(give_back(context->fd));
}

TELLING_SHAPE(returned, CHECKED)
{
    return give_back(context->fd);
}

TELLING_SHAPE(returned_by_pointer, CHECKED)
{
    return context->release(context->fd);
}

TELLING_SHAPE(returned_negated, CHECKED)
{
    return -give_back(context->fd);
}

TELLING_SHAPE(returned_as_truth, CHECKED)
{
    return give_back(context->fd) == 0;
}

TELLING_SHAPE(returned_inverted, CHECKED)
{
    return !give_back(context->fd);
}

__attribute__((noinline)) static long widened(int fd)
{
    return give_back(fd);
}

SHAPE(returned_as_long, CHECKED)
{
    if (widened(context->fd) < 0)
        note();
}

__attribute__((noinline)) static int wrapped(int fd)
{
    return give_back(fd);
}

SHAPE(wrapper_checked, CHECKED)
{
    if (wrapped(context->fd) < 0)
        note();
}

__attribute__((noinline)) static int twice_wrapped(int fd)
{
    int status = wrapped(fd);
    note();
    return status;
}

SHAPE(two_wrappers_checked, CHECKED)
{
    if (twice_wrapped(context->fd) < 0)
        note();
}

__attribute__((noinline)) static int wrapped_if_open(struct context *context)
{
    if (context->fd < 0)
        return 0;
    int fd = context->fd;
    context->fd = -1;
    return wrapped(fd);
}

SHAPE(tail_called_wrappers, CHECKED)
{
    if (wrapped_if_open(context) != 0)
        log_status(3);
}

static inline int inlined(int fd)
{
    int status = give_back(fd);
    if (status < 0)
        note();
    return status;
}

SHAPE(inlined_wrapper_that_checks, CHECKED)
{
    inlined(context->fd);
}

SHAPE(other_files_wrapper_checked, CHECKED)
{
    if (other_give_back(context->fd) != 0)
        note();
}

SHAPE(switch_over_it, CHECKED)
{
    switch (give_back(context->fd)) {
    case 0:
        note();
        break;
    case -1:
        log_status(1);
        break;
    default:
        log_status(2);
    }
}

SHAPE(retried_while_interrupted, CHECKED)
{
    while (give_back(context->fd) == -1 && errno == EINTR)
        ;
}

TELLING_SHAPE(retried_with_variable, CHECKED)
{
    int status;
    do
        status = give_back(context->fd);
    while (status < 0 && errno == EINTR);
    return status;
}

SHAPE(errno_compared, CHECKED)
{
    give_back(context->fd);
    if (errno == EBADF)
        note();
}

SHAPE(errno_cleared_and_compared, CHECKED)
{
    errno = 0;
    give_back(context->fd);
    if (errno != 0)
        log_two("close", 1);
}

SHAPE(errno_kept_and_compared, CHECKED)
{
    give_back(context->fd);
    int error = errno;
    note();
    if (error == EIO)
        note();
}

SHAPE(fatal_if_failed, CHECKED)
{
    if (give_back(context->fd) != 0)
        die("cannot close");
    note();
}

TELLING_SHAPE(kept_across_a_call, CHECKED)
{
    int status = give_back(context->fd);
    note();
    return status;
}

TELLING_SHAPE(kept_under_pressure, CHECKED)
{
    int a = next_number(), b = next_number(), c = next_number(), d = next_number(), e = next_number();
    int f = next_number(), g = next_number();
    int status = give_back(context->fd);
    log_seven(a, b, c, d, e, f, g);
    log_seven(g, f, e, d, c, b, a);
    return status + a * b * c * d * e * f * g;
}

SHAPE(kept_and_compared_later, CHECKED)
{
    int status = give_back(context->fd);
    for (int i = 0; i < context->count; i++)
        log_status(i);
    if (status < 0)
        note();
}

SHAPE(local_address_passed, CHECKED)
{
    int status = give_back(context->fd);
    look_at(&status);
}

SHAPE(local_address_passed_before, CHECKED)
{
    int status = 0;
    look_at(&status);
    status = give_back(context->fd);
    look_at(&status);
}

SHAPE(local_struct_passed, CHECKED)
{
    struct outcome_record record = {1, 2, 3};
    record.status = give_back(context->fd);
    look_at_record(&record);
}

__attribute__((noinline)) static struct outcome_record released(int fd)
{
    struct outcome_record record = {1, 0, 3};
    record.status = give_back(fd);
    return record;
}

SHAPE(struct_returned, CHECKED)
{
    struct outcome_record record = released(context->fd);
    if (record.status < 0)
        note();
}

TELLING_SHAPE(volatile_read, CHECKED)
{
    volatile int status = give_back(context->fd);
    return status;
}

TELLING_SHAPE(goto_out_with_it, CHECKED)
{
    int status = -1;
    if (context->count == 0)
        goto out;
    status = give_back(context->fd);
out:
    note();
    return status;
}

SHAPE(used_as_index, CHECKED)
{
    context->statuses[give_back(context->fd) + 1] = 1;
}

SHAPE(used_as_number, CHECKED)
{
    static volatile double number;
    number = give_back(context->fd);
}

SHAPE(bit_tested, CHECKED)
{
    if (give_back(context->fd) & 4)
        note();
}

SHAPE(and_condition, CHECKED)
{
    if (context->count > 2 && give_back(context->fd) < 0)
        note();
}

SHAPE(or_condition, CHECKED)
{
    if (context->count < 2 || give_back(context->fd) < 0)
        note();
}

SHAPE(reopen_compared, CHECKED)
{
    if (reopen(context->stream) == NULL)
        note();
}

SHAPE(reopen_stored, CHECKED)
{
    context->stream = reopen(context->stream);
}

SHAPE(reopen_used, CHECKED)
{
    char *text = reopen(context->stream);
    *text = 'x';
}

__attribute__((noinline)) static void silent(void)
{
    global_status++;
}

TELLING_SHAPE(kept_across_own_function, CHECKED)
{
    int status = give_back(context->fd);
    silent();
    return status;
}

SHAPE(copied_as_bytes, CHECKED)
{
    int status = give_back(context->fd);
    memcpy(context->buffer, &status, sizeof(status));
}

TELLING_SHAPE(first_failure_kept, CHECKED_OR_SOME)
{
    int first = next_number();
    int status = give_back(context->fd);
    if (first == 0)
        first = status;
    return first;
}

TELLING_SHAPE(chosen_by_another, CHECKED_OR_SOME)
{
    int status = give_back(context->fd);
    return context->is_verbose ? status : 0;
}

SHAPE(logged_if_verbose, SOME_PATHS)
{
    int status = give_back(context->fd);
    if (context->is_verbose)
        log_status(status);
}

SHAPE(compared_if_verbose, CHECKED_OR_SOME) /* both conditions may become one test */
{
    int status = give_back(context->fd);
    if (context->is_verbose && status < 0)
        note();
}

TELLING_SHAPE(early_return_without_it, SOME_PATHS)
{
    int status = give_back(context->fd);
    note();
    if (has_number()) {
        log_status(1);
        return -1;
    }
    return status;
}

SHAPE(errno_compared_if_verbose, SOME_PATHS)
{
    give_back(context->fd);
    if (context->is_verbose && errno == EIO)
        note();
}

SHAPE(looked_at_in_one_case, SOME_PATHS)
{
    int status = give_back(context->fd);
    if (context->count == 1)
        note();
    else if (context->count == 2)
        look_at(&context->count);
    else
        log_status(status);
}

__attribute__((noinline)) static int wrapped_verbose(struct context *context)
{
    int status = give_back(context->fd);
    note();
    return context->is_verbose ? status : next_number();
}

SHAPE(wrapper_returns_it_sometimes, SOME_PATHS)
{
    if (wrapped_verbose(context) < 0)
        note();
}
