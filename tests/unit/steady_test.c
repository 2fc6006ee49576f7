/* What a steady report shows of details. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "leakwatch/ledger.h"
#include "tally/steady.h"

static const struct shown {
    const char *call;
    uint32_t kind;
    const char *text, *steady;
} shown[] = {
    {"connect", LW_FD_SOCKET, "connected 127.0.0.1:40123", "connected 127.0.0.1, a free port"},
    {"accept", LW_FD_SOCKET, "from [::1]:60999", "from [::1], a free port"},
    {"socket", LW_FD_SOCKET, "listening 0.0.0.0:8080", "listening 0.0.0.0:8080"},
    {"socket", LW_FD_SOCKET, "bound @0a3f1", "bound @XXXXX"},
    {"socket", LW_FD_SOCKET, "bound @service", "bound @service"},
    {"open", LW_FD_FILE, "/data/at:40123", "/data/at:40123"},
    {"mkstemp", LW_FD_FILE, "/data/work.aaaaaa", "/data/work.XXXXXX"},
    {"mkostemp64", LW_FD_FILE, "pre123456", "preXXXXXX"},
    {"mkstemps", LW_FD_FILE, "/data/work-a1B2c3.txt", "/data/work-XXXXXX.txt"},
    {"open", LW_FD_FILE, "/data/work.x1Yz0q", "/data/work.x1Yz0q"},
    {"open", LW_FD_FILE, "/tmp/work.x1Yz0q/file", "/tmp/work.XXXXXX/file"},
    {"open", LW_FD_FILE, "/tmp/work.yfxdaw/file", "/tmp/work.XXXXXX/file"},
    {"open", LW_FD_FILE, "/tmp/work.yfxdaw", "/tmp/work.yfxdaw"},
    {"open", LW_FD_FILE, "/tmp/report2024.txt", "/tmp/report2024.txt"},
    {"open", LW_FD_FILE, "/tmp/tmpab_9x1qk/data.json", "/tmp/tmpXXXXXXXX/data.json"},
    {"open", LW_FD_FILE, "/run/app.4711.pid", "/run/app.PID.pid"},
    {"open", LW_FD_FILE, "/run/app.47110.pid", "/run/app.47110.pid"},
    {"open", LW_FD_FILE, "/proc/812/stat", "/proc/PID/stat"},
    {"open", LW_FD_DEVICE, "/dev/pts/14", "/dev/pts/N"},
    {"recvmsg", LW_FD_PIPE, "pipe:[993311]", "pipe:[N]"},
    {"open", LW_FD_FILE, "", ""},
};

static void each_is_shown_alike(void **state)
{
    (void)state;
    char text[STEADY_TEXT];
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        steady__write(text, shown[i].text,
                      &(struct steady_context){.call = shown[i].call, .kind = shown[i].kind, .pids = {4711, 812}});
        assert_string_equal(text, shown[i].steady);
    }
}

static void long_ones_are_cut(void **state)
{
    (void)state;
    char text[STEADY_TEXT], given[2 * STEADY_TEXT];
    memset(given, '/', sizeof given - 1);
    given[sizeof given - 1] = '\0';
    steady__write(text, given, &(struct steady_context){.call = NULL});
    assert_int_equal(strlen(text), STEADY_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_shown_alike),
        cmocka_unit_test(long_ones_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
