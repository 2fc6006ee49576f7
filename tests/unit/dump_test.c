/* What `leakwatch dump` prints: every record of a ledger on a line of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/dump/ledger.h"
#include "ledger_maker.h"
#include "ledger_walk.h"

static char *text;

static int dump_everything(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    size_t size, length;
    void *bytes = maker__bytes(maker, &size);
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger_of_bytes(&ledger, bytes, size, &error) != 0)
        fail_msg("%s", error.text);
    FILE *out = open_memstream(&text, &length);
    dump__ledger(out, ledger);
    fclose(out);
    ledger__close(ledger);
    maker__free(maker);
    return 0;
}

static int free_text(void **state)
{
    (void)state;
    free(text);
    return 0;
}

/* The line that begins with this; to be freed. */
static char *line_of(const char *beginning)
{
    size_t length = strlen(beginning);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (strncmp(line, beginning, length) == 0)
            return strndup(line, strcspn(line, "\n"));
    fail_msg("no line begins with \"%s\"", beginning);
    return NULL;
}

static void assert_lines(const char *const (*lines)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *line = line_of(lines[i][0]);
        if (!strstr(line, lines[i][1]))
            fail_msg("\"%s\" does not say \"%s\"", line, lines[i][1]);
        free(line);
    }
}

static void scopes_are_dumped_with_their_counts(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"scope 1 ", "kind=2 parent=0 depth=1 name=\"server\""},
        {"scope 2 ", "kind=2 parent=1 depth=2 name=\"request\""},
        {"scope 2 ", " entered=1000 ended=1000 failed=3 left=3 most=4 ticks=9000000 durations=0,0,0,0,0,410"},
        {"scope 3 ", "kind=3 parent=0 depth=1 name=\"\" address=0x401010 module=1"},
        {"table scopes ", "element_size=48 "},
        {"counters ", " scopes_lost=2 expected=1"},
        {"clock ", "rate=3000000000 clock_first=1000 clock_first_time=1000000000 "},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

static void what_scopes_leave_is_dumped(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"leftover 1 ", "scope=2 site=1 count=3 entries=3 failed=3 most=1 later=1 longest=6000000 later_stack=5 "},
        {"leftover 1 ", "later_call=\"close\""},
        {"leftover 1 ", "delays=0,1 reason=\"no such user\""},
        {"departure 1 ", "sites=11 site=1,0,1,1,4294967295,1,1,1 failed=1 failure_stack=5 failure_call=\"connect\""},
        {"imbalance 1 ", "scope=2 reason=1 stack=5 begun=7 count=1 "},
        {"imbalance 2 ", "scope=4294967295 reason=2 "},
        {"disorder 1 ", "site=1 younger=2 stack=5 call=\"close\" count=1"},
        {"table leftovers ", "count=3 "},
        {"table departures ", "count=2 "},
        {"table imbalances ", "count=3 "},
        {"table disorders ", "count=2 "},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

static void releases_that_went_wrong_are_dumped(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"misuse 1 ",
         "kind=2 stack=5 call=\"close\" site=1 first_stack=3 victim=1 first_call=\"close\" first_thread=4243 "},
        {"misuse 1 ", " victim_thread=4244 resource=1 error=0 flags=0x0 handle=0x3 count=5 swept=2 "},
        {"misuse 1 ", " detail=\"/etc/hosts\""},
        {"misuse 2 ", " first_error=24 "},
        {"misuse 3 ", " owner=0x7 given=0x8 "},
        {"table misuses ", "count=4 "},
        {"release 1 ", " flags=0x1 "},
        {"failure 2 ", "error=5 role=2 "},
        {"failure 3 ", "error=28 role=4 "},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

static void changes_of_the_limit_are_dumped(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"limit 1 ",
         "time=3000000000 soft=2048 hard=4096 soft_before=1024 hard_before=4096 stack=3 call=\"setrlimit\""},
        {"table limits ", "element_size=56 first=16 cap=64 count=2 "},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

static void slots_tell_for_which_scope_they_are_held(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"slot fd 7 ", " entry=0x800000012a05f200 leftover=1 "},
        {"slot fd 7 ", " flags=0x4000 "},
        {"slot fd 7 ", " detail=\"listening 0.0.0.0:80\" label=\"the front door\""},
        {"slot fd 8 ", " flags=0x2000 "},
        {"slot fd 3 ", " entry=0x0 leftover=0 "},
        {"slot fd 3 ", " label=\"\""},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

static void lines_of_interpreted_programs_are_dumped(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"frame 7 ", "address=0x2 parent=6 module=9 source=\"12\\x0aload_user\\x0a/srv/app.py\""},
        {"frame 6 ", "address=0x3 parent=5 module=1 source=\"\""},
        {"line 1 ", "line=7 language=1 in=\"Server.handle\" of=\"/srv/server.py\""},
        {"frame 5 ", " module=1 source=\"\""},
    };
    assert_lines(lines, sizeof lines / sizeof lines[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_are_dumped_with_their_counts),
        cmocka_unit_test(what_scopes_leave_is_dumped),
        cmocka_unit_test(releases_that_went_wrong_are_dumped),
        cmocka_unit_test(changes_of_the_limit_are_dumped),
        cmocka_unit_test(slots_tell_for_which_scope_they_are_held),
        cmocka_unit_test(lines_of_interpreted_programs_are_dumped),
    };
    return cmocka_run_group_tests(tests, dump_everything, free_text);
}
