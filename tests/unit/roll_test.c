/* The roll of a run, as processes leave it, and as nobody should. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/heap.h"
#include "base/moment.h"
#include "run/roll.h"

static char *directory;

static int make_directory(void **state)
{
    char template[] = "/tmp/leakwatch-roll.XXXXXX";
    directory = strdup(mkdtemp(template));
    *state = NULL;
    if (roll__make(directory))
        return 0;
    char *path = heap__printed("%s/" LW_ROLL_NAME, directory); /* where the file system promises nothing */
    int fd = open(path, O_RDWR | O_CREAT, 0600), result = ftruncate(fd, LW_ROLL_PAGES * LW_ROLL_PAGE);
    close(fd);
    free(path);
    return result;
}

static int remove_directory(void **state)
{
    (void)state;
    roll__remove(directory);
    int result = rmdir(directory);
    free(directory);
    return result;
}

static void put(const void *bytes, size_t length, off_t at)
{
    char *path = heap__printed("%s/" LW_ROLL_NAME, directory);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, length, at), length);
    close(fd);
    free(path);
}

static void put_entry(const struct lw_roll_entry *entry)
{
    put(entry, sizeof *entry, (off_t)lw_roll_page_of(entry->pid) * LW_ROLL_PAGE);
}

static struct lw_roll_entry usual(uint32_t pid)
{
    struct lw_roll_entry entry = {.mark = LW_ROLL_MARK,
                                  .pid = pid,
                                  .parent_pid = 7,
                                  .image = 2,
                                  .start_time = moment__now(),
                                  .end_time = moment__now() + 5,
                                  .end = LW_EXIT,
                                  .end_status = 3};
    memcpy(entry.texts, "/nowhere/program\0one\0two", sizeof "/nowhere/program\0one\0two");
    return entry;
}

static struct ledger *only_ledger(struct roll *roll)
{
    struct ledger *ledger;
    struct ledger_error error;
    *roll = roll__read(directory);
    assert_int_equal(roll->count, 1);
    assert_int_equal(roll__ledger(roll, 0, &ledger, &error), 0);
    assert_true(ledger__is_of_roll(ledger));
    assert_int_equal(ledger__damaged(ledger), 0);
    return ledger;
}

static void says_what_was_entered(void **state)
{
    (void)state;
    struct roll roll;
    struct lw_roll_entry entry = usual(99999);
    put_entry(&entry);
    struct ledger *ledger = only_ledger(&roll);
    const struct lw_header *header = ledger__header(ledger);
    assert_int_equal(header->pid, 99999);
    assert_int_equal(header->parent_pid, 7);
    assert_int_equal(header->image, 2);
    assert_int_equal(header->end_status, 3);
    assert_string_equal(header->exe, "/nowhere/program");
    assert_memory_equal(header->arguments, "one\0two\0", sizeof "one\0two\0");
    assert_string_equal(ledger__end(ledger), "exit");
    assert_true(roll__has(&roll, 99999, entry.start_time));
    assert_false(roll__has(&roll, 99999, entry.start_time + 1));
    assert_false(roll__has(&roll, 99998, entry.start_time));
    ledger__close(ledger);
    roll__clear(&roll);
}

/* Of this number there is a process, which may be another one that has got it since. */
static void knows_who_goes_on(void **state)
{
    (void)state;
    struct roll roll;
    struct lw_roll_entry entry = usual((uint32_t)getpid());
    entry.end = LW_RUNNING;
    put_entry(&entry);
    struct ledger *ledger = only_ledger(&roll);
    assert_true(ledger__is_running(ledger));
    ledger__close(ledger);
    roll__clear(&roll);
    entry.start_time = 1;
    put_entry(&entry);
    ledger = only_ledger(&roll);
    assert_string_equal(ledger__end(ledger), "killed");
    ledger__close(ledger);
    roll__clear(&roll);
}

static void passes_over_what_does_not_stand(void **state)
{
    (void)state;
    struct lw_roll_entry entry = usual(5);
    entry.mark = LW_ROLL_TAKEN;
    put_entry(&entry);
    entry = usual(4096);
    entry.mark = LW_ROLL_MARK + 1;
    put_entry(&entry);
    struct roll roll = roll__read(directory);
    assert_int_equal(roll.count, 0);
    roll__clear(&roll);
    roll = roll__read("/nowhere");
    assert_int_equal(roll.count, 0);
    roll__clear(&roll);
}

static void cuts_texts_that_do_not_end(void **state)
{
    (void)state;
    struct roll roll;
    struct lw_roll_entry entry = usual(1000);
    memset(entry.texts, 'x', sizeof entry.texts);
    put_entry(&entry);
    struct ledger *ledger = only_ledger(&roll);
    assert_int_equal(strlen(ledger__header(ledger)->exe), LW_TEXT - 1);
    assert_int_equal(ledger__header(ledger)->arguments[0], 0);
    ledger__close(ledger);
    roll__clear(&roll);
    memset(entry.texts, 'y', sizeof entry.texts);
    entry.texts[3] = '\0';
    put_entry(&entry);
    ledger = only_ledger(&roll);
    assert_int_equal(strlen(ledger__header(ledger)->arguments), LW_TEXT - 2);
    ledger__close(ledger);
    roll__clear(&roll);
}

/* Whatever stands there, ledgers come of it or one line; the sanitizers look on. */
static void outlives_noise(void **state)
{
    (void)state;
    unsigned char noise[LW_ROLL_PAGE];
    srandom(17);
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (unsigned char)random();
        for (size_t i = 0; i < LW_ROLL_ENTRIES; i++)
            ((struct lw_roll_entry *)(void *)noise)[i].mark = LW_ROLL_MARK;
        put(noise, sizeof noise, (off_t)(random() % LW_ROLL_PAGES) * LW_ROLL_PAGE);
    }
    struct roll roll = roll__read(directory);
    assert_true(roll.count > 300);
    for (size_t i = 0; i < roll.count; i++) {
        struct ledger *ledger;
        struct ledger_error error;
        if (roll__ledger(&roll, i, &ledger, &error) == 0) {
            assert_int_equal(ledger__header(ledger)->arguments[LW_TEXT - 1], 0);
            ledger__close(ledger);
        } else {
            assert_null(strchr(error.text, '\n'));
        }
    }
    roll__clear(&roll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_what_was_entered, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(knows_who_goes_on, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(passes_over_what_does_not_stand, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(cuts_texts_that_do_not_end, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(outlives_noise, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
