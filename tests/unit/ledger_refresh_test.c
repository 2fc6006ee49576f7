/* What is said of a ledger that is read again, whatever has happened to its file, and to its process. */
#include "followed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger_assert.h"

static void change(void)
{
    maker__lane(at.maker, 0)->opened++;
}

static void write_header(void)
{
    int fd = open(at.path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, maker__header(at.maker), sizeof(struct lw_header), 0), sizeof(struct lw_header));
    close(fd);
}

static void what_does_not_change_is_the_same(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    struct ledger_error error;
    const void *site = ledger__site(at.ledger, 1);
    const char *name = ledger__name(at.ledger, 1);
    assert_int_equal(ledger__refresh(at.ledger, &error), LEDGER_SAME);
    assert_ptr_equal(ledger__site(at.ledger, 1), site);
    assert_ptr_equal(ledger__name(at.ledger, 1), name);
}

static void one_that_was_opened_can_be_read_again(void **state)
{
    (void)state;
    followed__start_process();
    followed__write_file();
    struct ledger_error error;
    assert_int_equal(ledger__open(&at.ledger, at.path, &error), 0);
    followed__expect(LEDGER_CHANGED);
    change();
    followed__write_file();
    followed__expect(LEDGER_CHANGED);
}

static void a_process_that_is_killed_was_killed(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    assert_string_equal(ledger__end(at.ledger), "running");
    followed__end_process();
    followed__expect(LEDGER_CHANGED);
    assert_string_equal(ledger__end(at.ledger), "killed");
    followed__refresh();
    assert_string_equal(ledger__end(at.ledger), "killed");
}

/* While it runs that may be written any moment; afterwards nobody will. */
static void what_leads_nowhere_is_damage_once_the_process_has_ended(void **state)
{
    (void)state;
    followed__start_process();
    maker__fd(at.maker, 3, 77777, LW_FD_FILE);
    followed__follow();
    assert_int_equal(ledger__damaged(at.ledger), 0);
    followed__end_process();
    followed__expect(LEDGER_CHANGED);
    assert_int_equal(ledger__damaged(at.ledger), 1);
}

static void an_exit_is_an_exit(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    maker__header(at.maker)->end = LW_EXIT;
    maker__header(at.maker)->end_status = 7;
    followed__write_file();
    followed__end_process();
    followed__expect(LEDGER_CHANGED);
    assert_string_equal(ledger__end(at.ledger), "exit");
    assert_int_equal(ledger__header(at.ledger)->end_status, 7);
}

static void a_removed_file_stays_readable(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    char *before = followed__dump(at.ledger);
    unlink(at.path);
    followed__expect(LEDGER_REMOVED);
    char *after = followed__dump(at.ledger);
    assert_string_equal(after, before); /* the process is still there */
    uint64_t moment = ledger__moment(at.ledger);
    followed__end_process();
    followed__expect(LEDGER_REMOVED);
    assert_string_equal(ledger__end(at.ledger), "exit");
    assert_false(ledger__is_running(at.ledger));
    assert_int_equal(ledger__moment(at.ledger), moment); /* nothing is known of later */
    followed__expect(LEDGER_REMOVED);
    assert_string_equal(ledger__end(at.ledger), "exit");
    free(before);
    free(after);
}

static void what_was_killed_before_its_file_was_removed_stays_killed(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    followed__end_process();
    followed__expect(LEDGER_CHANGED);
    unlink(at.path);
    followed__expect(LEDGER_REMOVED);
    assert_string_equal(ledger__end(at.ledger), "killed");
}

static void a_file_in_its_place_is_another_ledger(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    struct maker *other = maker__new();
    maker__fd(other, 5, maker__site(other, 0, 0, "pipe", LW_FD_PIPE), LW_FD_PIPE);
    maker__write(other, at.other);
    assert_int_equal(rename(at.other, at.path), 0);
    followed__expect(LEDGER_REPLACED);
    assert_int_equal(ledger__count(at.ledger, LW_SITES), 2);
    followed__expect(LEDGER_SAME);
    maker__header(other)->start_realtime++; /* in the same file */
    maker__write(other, at.path);
    followed__expect(LEDGER_REPLACED);
    maker__header(other)->image++;
    maker__write(other, at.path);
    followed__expect(LEDGER_REPLACED);
    maker__free(other);
}

static void what_cannot_be_read_any_more_stays(void **state)
{
    (void)state;
    followed__start_process();
    followed__follow();
    char *before = followed__dump(at.ledger);
    struct lw_header *header = maker__header(at.maker);
    header->magic++;
    followed__write_file();
    for (int i = 0; i < 2; i++) {
        followed__expect(LEDGER_LOST);
        char *after = followed__dump(at.ledger);
        assert_string_equal(after, before);
        free(after);
    }
    header->magic--;
    followed__write_file();
    followed__refresh();
    assert_int_equal(truncate(at.path, 0), 0);
    followed__expect(LEDGER_LOST);
    unlink(at.path);
    assert_int_equal(mkdir(at.path, 0700), 0);
    followed__expect(LEDGER_LOST);
    assert_int_equal(rmdir(at.path), 0);
    followed__write_file();
    assert_true(followed__refresh() >= LEDGER_SAME);
    free(before);
}

/* It says that it is as large as a ledger may be, and there is no memory for that. */
static void what_finds_no_memory_is_empty_until_it_is_read_again(void **state)
{
    (void)state;
    struct rlimit limit, little = {.rlim_cur = 1 << 20};
    struct ledger_error error;
    followed__follow();
#ifdef __SANITIZE_ADDRESS__
    skip(); /* needs addresses of its own */
#endif
    uint64_t used = maker__header(at.maker)->used;
    maker__header(at.maker)->used = 2ULL << 30;
    assert_int_equal(truncate(at.path, 2LL << 30), 0);
    write_header();
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    little.rlim_max = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    enum ledger_news news = ledger__refresh(at.ledger, &error);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(news, LEDGER_LOST);
    assert_one_clear_line(&error);
    assert_int_equal(ledger__damaged(at.ledger), 0);
    assert_int_equal(ledger__count(at.ledger, LW_SITES), 1);
    assert_string_equal(ledger__name(at.ledger, 1), "");
    free(followed__dump(at.ledger));
    maker__header(at.maker)->used = used;
    write_header();
    assert_int_equal(truncate(at.path, (off_t)used), 0);
    followed__expect(LEDGER_CHANGED);
    assert_non_null(ledger__site(at.ledger, 1));
}

static void a_copy_never_changes(void **state)
{
    (void)state;
    struct ledger_copy copy;
    struct ledger_error error;
    followed__write_file();
    assert_int_equal(ledger__copy(at.path, &copy, &error), 0);
    assert_int_equal(ledger__open_copy(&at.ledger, at.path, &copy, &error), 0);
    change();
    followed__write_file();
    assert_int_equal(ledger__refresh(at.ledger, &error), LEDGER_SAME);
}

static void what_is_no_ledger_is_not_followed(void **state)
{
    (void)state;
    struct ledger_error error = {.text = ""};
    assert_int_equal(ledger__follow(&at.ledger, at.path, &error), -1);
    assert_int_equal(error.why, LEDGER_NOT_THERE);
    assert_one_clear_line(&error);
    maker__header(at.maker)->magic = 0;
    followed__write_file();
    assert_int_equal(ledger__follow(&at.ledger, at.path, &error), -1);
    assert_int_equal(error.why, LEDGER_NEVER_BEGAN);
    assert_null(at.ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOWED_TEST(what_does_not_change_is_the_same),
        FOLLOWED_TEST(one_that_was_opened_can_be_read_again),
        FOLLOWED_TEST(a_process_that_is_killed_was_killed),
        FOLLOWED_TEST(what_leads_nowhere_is_damage_once_the_process_has_ended),
        FOLLOWED_TEST(an_exit_is_an_exit),
        FOLLOWED_TEST(a_removed_file_stays_readable),
        FOLLOWED_TEST(what_was_killed_before_its_file_was_removed_stays_killed),
        FOLLOWED_TEST(a_file_in_its_place_is_another_ledger),
        FOLLOWED_TEST(what_cannot_be_read_any_more_stays),
        FOLLOWED_TEST(what_finds_no_memory_is_empty_until_it_is_read_again),
        FOLLOWED_TEST(a_copy_never_changes),
        FOLLOWED_TEST(what_is_no_ledger_is_not_followed),
    };
    return cmocka_run_group_tests_name("ledgers that are read again", tests, NULL, NULL);
}
