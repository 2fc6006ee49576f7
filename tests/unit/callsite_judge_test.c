/* What is said of call sites whose machine code is written down here, instruction by instruction, and of stacks that end
 * early. How compilers' code is judged, tests/callsite/ tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <link.h>
#include <string.h>
#include <unistd.h>

#include "callsite/callsite.h"
#include "symbol/symbols.h"

#ifdef __x86_64__

/* Each site is a function of one call: SITE(name, code behind it). Never executed. */
#define SITE(name, code)                                                                                               \
    __asm__(".pushsection .text\n .type site_" #name ", @function\n"                                                   \
            "site_" #name ": .cfi_startproc\n push %rbx\n .cfi_adjust_cfa_offset 8\n call close@plt\n"                 \
            ".globl after_" #name "\n after_" #name ":\n" code "\n .cfi_endproc\n .popsection\n");                     \
    extern const char after_##name[]

#define LEAVE "pop %rbx\n ret\n"

SITE(tested, "test %eax, %eax\n jne 1f\n 1: xor %eax, %eax\n" LEAVE);
SITE(overwritten, "mov $1, %eax\n" LEAVE);
SITE(overwritten_by_or, "or $-1, %eax\n" LEAVE);
SITE(behind_nops, "nopl (%rax,%rax)\n endbr64\n xor %eax, %eax\n" LEAVE);
SITE(lost_in_call, "call getpid@plt\n" LEAVE);
SITE(returned, LEAVE);
SITE(returned_last, "mov %eax, %ebx\n call getpid@plt\n mov %ebx, %eax\n" LEAVE);
SITE(passed, "mov %eax, %esi\n xor %eax, %eax\n call printf@plt\n xor %eax, %eax\n" LEAVE);
SITE(pushed_and_popped, "push %rax\n xor %eax, %eax\n pop %rcx\n cmp $0, %ecx\n mov $2, %eax\n" LEAVE);
SITE(kept_on_stack, "mov %eax, -16(%rsp)\n xor %eax, %eax\n cmpl $0, -16(%rsp)\n" LEAVE);
SITE(stored_elsewhere, "mov %eax, (%rbx)\n xor %eax, %eax\n" LEAVE);
SITE(general_rbp, "mov %eax, 8(%rbp)\n xor %eax, %eax\n" LEAVE); /* rbp leads nowhere near the frame */
SITE(on_one_path, "cmpl $0, (%rbx)\n je 1f\n test %eax, %eax\n 1: xor %eax, %eax\n" LEAVE);
SITE(chosen, "test %ebx, %ebx\n cmovne %eax, %ebx\n xor %eax, %eax\n test %ebx, %ebx\n" LEAVE);
SITE(loop_without_end, "1: pause\n jmp 1b\n");
SITE(read_in_loop, "1: dec %ebx\n jne 1b\n test %eax, %eax\n" LEAVE);
SITE(indirect, "jmp *%rcx\n");
SITE(no_code, ".byte 0x06\n");
SITE(exits, "mov $1, %edi\n call exit@plt\n");
SITE(exit_aside, "cmpl $0, (%rbx)\n je 1f\n call abort@plt\n 1: test %eax, %eax\n" LEAVE);
SITE(errno_compared, "call __errno_location@plt\n cmpl $4, (%rax)\n xor %eax, %eax\n" LEAVE);
SITE(errno_loaded, "call __errno_location@plt\n mov (%rax), %eax\n neg %eax\n" LEAVE);
SITE(errno_of_another, "call getpid@plt\n call __errno_location@plt\n cmpl $4, (%rax)\n xor %eax, %eax\n" LEAVE);
SITE(errno_cleared, "call __errno_location@plt\n movl $0, (%rax)\n cmpl $0, (%rax)\n xor %eax, %eax\n" LEAVE);

/* Functions of this file that sites call. */
__asm__(".pushsection .text\n"
        "untouching: .cfi_startproc\n mov $1, %edx\n ret\n .cfi_endproc\n"
        "never_returning: .cfi_startproc\n mov $3, %edi\n call exit@plt\n .cfi_endproc\n"
        ".popsection\n");
SITE(kept_across_own, "call untouching\n test %eax, %eax\n xor %eax, %eax\n" LEAVE);
SITE(own_exit, "cmpl $0, (%rbx)\n je 1f\n call never_returning\n 1: test %eax, %eax\n xor %eax, %eax\n" LEAVE);

static const struct row {
    const char *name;
    const char *after;
    enum verdict verdict;
    const char *evidence; /* what it begins with */
} rows[] = {
#define ROW(name, verdict, evidence)                                                                                   \
    {                                                                                                                  \
#name, after_##name, VERDICT_##verdict, evidence                                                               \
    }
    ROW(tested, CHECKED, "test eax, eax"),
    ROW(overwritten, IGNORED, "mov eax, 1"),
    ROW(overwritten_by_or, IGNORED, "or eax, 0xffffffff"),
    ROW(behind_nops, IGNORED, "xor eax, eax"),
    ROW(lost_in_call, IGNORED, "call 0x"),
    ROW(returned, RETURNED, "ret"),
    ROW(returned_last, RETURNED, "ret"),
    ROW(passed, CHECKED, "call 0x"),
    ROW(pushed_and_popped, CHECKED, "cmp ecx, 0"),
    ROW(kept_on_stack, CHECKED, "cmp dword ptr [rsp - 0x10], 0"),
    ROW(stored_elsewhere, CHECKED, "mov dword ptr [rbx], eax"),
    ROW(general_rbp, CHECKED, "mov dword ptr [rbp + 8], eax"),
    ROW(on_one_path, CHECKED_SOME_PATHS, "xor eax, eax"),
    ROW(chosen, CHECKED, "test ebx, ebx"),
    ROW(loop_without_end, IGNORED, "pause"),
    ROW(read_in_loop, CHECKED, "test eax, eax"),
    ROW(indirect, UNKNOWN, "jmp rcx"),
    ROW(no_code, UNKNOWN, ""),
    ROW(exits, IGNORED, "call 0x"),
    ROW(exit_aside, CHECKED, "test eax, eax"),
    ROW(errno_compared, CHECKED, "cmp dword ptr [rax], 4"),
    ROW(errno_loaded, IGNORED, "call 0x"),
    ROW(errno_of_another, IGNORED, "call 0x"),
    ROW(errno_cleared, IGNORED, "call 0x"),
    ROW(kept_across_own, CHECKED, "test eax, eax"),
    ROW(own_exit, CHECKED, "test eax, eax"),
#undef ROW
};

struct asking {
    struct symbols *symbols;
    struct callsites *callsites;
    uint32_t module;
};

static int begin(void **state)
{
    static struct asking asking;
    static char path[4096];
    const struct lw_module description = {.base = 0};
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return -1;
    asking.symbols = symbols__new(NULL);
    asking.callsites = callsites__new(asking.symbols);
    asking.module = symbols__module(asking.symbols, path, &description);
    *state = &asking;
    return 0;
}

static int end(void **state)
{
    struct asking *asking = *state;
    callsites__free(asking->callsites);
    symbols__free(asking->symbols);
    return 0;
}

static struct callsite_frame frame_of(const struct asking *asking, const char *address)
{
    return (struct callsite_frame){asking->module, (uint64_t)(uintptr_t)address - _r_debug.r_map->l_addr};
}

static void code_is_judged(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct callsite_frame frame = frame_of(*state, row->after);
        struct callsite_verdict verdict;
        callsites__judge(((struct asking *)*state)->callsites, &frame, 1, &verdict);
        if (verdict.verdict == row->verdict && strncmp(verdict.evidence, row->evidence, strlen(row->evidence)) == 0)
            continue;
        print_error("%s: %s, %s: %s\n", row->name, verdict__name(verdict.verdict), verdict.how, verdict.evidence);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static struct callsite_verdict judge(const struct asking *asking, const char *inner, const char *outer)
{
    const struct callsite_frame frames[] = {frame_of(asking, inner), frame_of(asking, outer)};
    struct callsite_verdict verdict;
    callsites__judge(asking->callsites, frames, 2, &verdict);
    return verdict;
}

static void who_returns_it_asks_the_caller(void **state)
{
    struct callsite_verdict verdict = judge(*state, after_returned, after_tested);
    assert_int_equal(verdict.verdict, VERDICT_CHECKED);
    assert_int_equal(verdict.frame, 1);
    verdict = judge(*state, after_returned_last, after_overwritten);
    assert_int_equal(verdict.verdict, VERDICT_IGNORED);
    assert_int_equal(verdict.frame, 1);
    assert_int_equal(verdict.where, frame_of(*state, after_overwritten).offset);
    assert_string_equal(verdict.how, "overwritten by");
    verdict = judge(*state, after_overwritten, after_tested); /* the caller is not asked */
    assert_int_equal(verdict.verdict, VERDICT_IGNORED);
    assert_int_equal(verdict.frame, 0);
    verdict = judge(*state, after_returned, after_indirect);
    assert_int_equal(verdict.verdict, VERDICT_UNKNOWN);
    verdict = judge(*state, after_returned, after_returned_last);
    assert_int_equal(verdict.verdict, VERDICT_RETURNED);
    assert_int_equal(verdict.frame, 1);
}

static void a_called_function_is_named(void **state)
{
    struct callsite_verdict verdict = judge(*state, after_lost_in_call, after_tested);
    assert_non_null(strstr(verdict.evidence, "(getpid)"));
    assert_string_equal(verdict.how, "lost in");
}

static void what_is_not_on_disk_is_unknown(void **state)
{
    struct asking *asking = *state;
    const struct lw_module description = {.base = 0};
    const struct callsite_frame nowhere[] = {
        {0, 0x1000},                                                               /* made at run time */
        {symbols__module(asking->symbols, "/nonexistent", &description), 0x1000},  /* gone */
        {symbols__module(asking->symbols, "/proc/self/maps", &description), 0x10}, /* no executable */
        {asking->module, UINT64_MAX},
        {asking->module, 0},
    };
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        struct callsite_verdict verdict;
        callsites__judge(asking->callsites, &nowhere[i], 1, &verdict);
        assert_int_equal(verdict.verdict, VERDICT_UNKNOWN);
    }
}

static void no_stack_is_unknown(void **state)
{
    struct callsite_verdict verdict;
    callsites__judge(((struct asking *)*state)->callsites, NULL, 0, &verdict);
    assert_int_equal(verdict.verdict, VERDICT_UNKNOWN);
    assert_string_equal(verdict.how, "no stack was recorded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_is_judged),
        cmocka_unit_test(who_returns_it_asks_the_caller),
        cmocka_unit_test(a_called_function_is_named),
        cmocka_unit_test(what_is_not_on_disk_is_unknown),
        cmocka_unit_test(no_stack_is_unknown),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

#else

int main(void)
{
    return 77; /* the code above is x86_64's: skipped */
}

#endif
