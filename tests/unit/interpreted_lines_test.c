/* Lines of interpreted programs: the user's code, and what of them names a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "story.h"
#include "symbol/stacks.h"

/* How the interpreter came to two functions of a script tells nothing. */
static void lines_of_scripts_are_the_users_code(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__lane(maker, 0);
    uint32_t module = maker__module(maker, "/usr/bin/python3", 0x400000, 0x400000, 0x410000);
    const uint64_t interpreter[] = {0x400500, 0x400600};
    static const char *const functions[] = {"load", "save"};
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t below = maker__stack(maker, module, &interpreter[i / 2], 1);
        uint32_t line = maker__source(maker, 10 + i, functions[i % 2], "/srv/app.py", below);
        uint32_t inner = maker__source(maker, 232, "socket.__init__", "/usr/lib/python3.11/socket.py", line);
        maker__fd(maker, 3 + i, maker__site(maker, inner, 0, "socket", LW_FD_SOCKET), LW_FD_SOCKET);
    }
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *finding = &report->findings[i];
        assert_int_equal(finding->count, 2);
        assert_int_equal(finding->also_count, 1);
        assert_int_equal(finding->acquired->count, 3);
        const struct frame *frame = stack__user_frame(finding->acquired);
        assert_string_equal(frame->file, "/srv/app.py");
        assert_string_equal(frame->language, "python");
        assert_true(frame->line >= 10 && frame->line < 14);
    }
    assert_string_not_equal(stack__user_frame(report->findings[0].acquired)->function,
                            stack__user_frame(report->findings[1].acquired)->function);
    story__free(story);
}

/* … wherever they stand, and whatever their file is called. */
static void lines_that_an_interpreter_was_at_are_frames(void **state)
{
    (void)state;
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    struct lw_site *record = maker__element(maker, LW_SITES, site);
    uint32_t module = maker__line(maker, 3, "<module>", "<string>", 0);
    uint32_t line = maker__line(maker, 12, "User.load", "/srv/user.py", module);
    const struct lw_frame *native = maker__element(maker, LW_STACKS, record->stack);
    record->stack = maker__frame(maker, native->address, native->module, line);
    maker__fd(maker, 3, site, LW_FD_FILE);
    struct story *story = story__of(maker);
    const struct stack *stack = only_finding(story__end(story), "fd-leak")->acquired;
    assert_int_equal(stack->count, 3);
    assert_string_equal(stack->frames[1]->function, "User.load");
    assert_string_equal(stack->frames[1]->file, "/srv/user.py");
    assert_int_equal(stack->frames[1]->line, 12);
    assert_string_equal(stack->frames[1]->language, "python");
    assert_string_equal(stack->frames[2]->language, "python");
    assert_string_equal(stack->frames[2]->file, "<string>");
    story__free(story);
}

/* The fingerprint of a leak that was asked for by this line of an interpreted program. */
static void fingerprint_of_line(char fingerprint[17], uint32_t line, const char *function)
{
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    struct lw_site *record = maker__element(maker, LW_SITES, site);
    record->stack = maker__source(maker, line, function, "users.py", record->stack);
    maker__fd(maker, 3, site, LW_FD_FILE);
    struct story *story = story__of(maker);
    memcpy(fingerprint, only_finding(story__end(story), "fd-leak")->fingerprint, 17);
    story__free(story);
}

static void interpreted_functions_tell_leaks_apart_and_their_lines_do_not(void **state)
{
    char one[17], moved[17], other[17];
    (void)state;
    fingerprint_of_line(one, 10, "load");
    fingerprint_of_line(moved, 14, "load");
    fingerprint_of_line(other, 10, "save");
    assert_string_equal(one, moved);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_scripts_are_the_users_code),
        cmocka_unit_test(lines_that_an_interpreter_was_at_are_frames),
        cmocka_unit_test(interpreted_functions_tell_leaks_apart_and_their_lines_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
