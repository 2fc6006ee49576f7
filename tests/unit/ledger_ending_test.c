/* A process that ends while its ledger is read: between the first reading and the second one. */
#include "followed.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger/slot.h"

enum { NUMBER = 2000, SECOND_READING = 2 };

static void (*in_between)(void);
static unsigned readings;

/* The header comes first. */
ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
    if (size == sizeof(struct lw_header) && offset == 0 && ++readings == SECOND_READING && in_between)
        in_between();
    return syscall(SYS_pread64, fd, bytes, size, offset);
}

static void refresh_with(void (*what)(void))
{
    struct ledger_error error;
    in_between = what;
    readings = 0;
    maker__lane(at.maker, 0)->opened++; /* something has happened: it is read twice */
    followed__write_file();
    assert_int_equal(ledger__refresh(at.ledger, &error), LEDGER_CHANGED);
    in_between = NULL;
    assert_true(readings >= SECOND_READING);
}

static void hold(void)
{
    maker__fd(at.maker, NUMBER, 1, LW_FD_FILE);
    followed__start_process();
    followed__follow();
}

static bool is_it_held(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    bool *is_held = context;
    *is_held |= !is_handle && index == NUMBER && slot_state(slot) == LW_HELD;
    return true;
}

static bool is_held(void)
{
    bool found = false;
    ledger__slots(at.ledger, is_it_held, &found);
    return found;
}

static void give_back_and_exit(void)
{
    maker__state(maker__fd(at.maker, NUMBER, 1, LW_FD_FILE), LW_FREE);
    maker__header(at.maker)->end = LW_EXIT;
    followed__write_file();
    followed__end_process();
}

static void what_one_that_exits_meanwhile_gives_back_is_not_held(void **state)
{
    (void)state;
    hold();
    refresh_with(NULL);
    assert_true(is_held());
    refresh_with(give_back_and_exit);
    assert_string_equal(ledger__end(at.ledger), "exit");
    assert_false(is_held());
}

static void one_that_is_killed_meanwhile_was_killed_a_moment_later(void **state)
{
    (void)state;
    hold();
    refresh_with(followed__end_process);
    assert_string_equal(ledger__end(at.ledger), "running");
    assert_true(is_held());
    followed__expect(LEDGER_CHANGED);
    assert_string_equal(ledger__end(at.ledger), "killed");
    assert_true(is_held());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOWED_TEST(what_one_that_exits_meanwhile_gives_back_is_not_held),
        FOLLOWED_TEST(one_that_is_killed_meanwhile_was_killed_a_moment_later),
    };
    return cmocka_run_group_tests_name("processes that end while their ledgers are read", tests, NULL, NULL);
}
