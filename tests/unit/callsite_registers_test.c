/* What instructions read and write: where Capstone 4.0.2 says it wrong, and where it must stay right. The bytes are what
 * the assembler makes of the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "machine/decoder.h"

enum { LONGEST = 15 };

struct row {
    const char *text;
    uint8_t bytes[LONGEST];
    enum step_kind kind;
    uint32_t reads, writes;
    bool compares;
};

enum x86_set {
    RAX = 1 << 0,
    RCX = 1 << 1,
    RDX = 1 << 2,
    RBX = 1 << 3,
    RSP = 1 << 4,
    RBP = 1 << 5,
    RSI = 1 << 6,
    RDI = 1 << 7,
    R8 = 1 << 8,
    R9 = 1 << 9,
    R10 = 1 << 10,
    R11 = 1 << 11,
};

static const struct row x86_rows[] = {
    {"xor eax, eax", {0x31, 0xc0}, STEP_COMPUTE, 0, RAX, false},
    {"sub eax, eax", {0x29, 0xc0}, STEP_COMPUTE, 0, RAX, false},
    {"sbb eax, eax", {0x19, 0xc0}, STEP_COMPUTE, 0, RAX, false},
    {"xor eax, ebx", {0x31, 0xd8}, STEP_COMPUTE, RAX | RBX, RAX, false},
    {"or eax, -1", {0x83, 0xc8, 0xff}, STEP_COMPUTE, 0, RAX, false},
    {"or rax, -1", {0x48, 0x83, 0xc8, 0xff}, STEP_COMPUTE, 0, RAX, false},
    {"or eax, 1", {0x83, 0xc8, 0x01}, STEP_COMPUTE, RAX, RAX, false},
    {"and eax, 0", {0x83, 0xe0, 0x00}, STEP_COMPUTE, 0, RAX, false},
    {"mov eax, 1", {0xb8, 0x01, 0x00, 0x00, 0x00}, STEP_COMPUTE, 0, RAX, false},
    {"mov al, 1", {0xb0, 0x01}, STEP_COMPUTE, 0, RAX, false},
    {"mov ebx, eax", {0x89, 0xc3}, STEP_MOVE, RAX, RBX, false},
    {"mov bl, ah", {0x88, 0xe3}, STEP_MOVE, RAX, RBX, false},
    {"movzx eax, al", {0x0f, 0xb6, 0xc0}, STEP_MOVE, RAX, RAX, false},
    {"movsxd rdx, eax", {0x48, 0x63, 0xd0}, STEP_MOVE, RAX, RDX, false},
    {"cdqe", {0x48, 0x98}, STEP_MOVE, RAX, RAX, false},
    {"cdq", {0x99}, STEP_COMPUTE, RAX, RDX, false},
    {"test eax, eax", {0x85, 0xc0}, STEP_COMPUTE, RAX, 0, true},
    {"cmp eax, -1", {0x83, 0xf8, 0xff}, STEP_COMPUTE, RAX, 0, true},
    {"cmp dword ptr [rbp-4], 0", {0x83, 0x7d, 0xfc, 0x00}, STEP_COMPUTE, RBP, 0, true},
    {"sub eax, 4", {0x83, 0xe8, 0x04}, STEP_COMPUTE, RAX, RAX, true},
    {"sub ecx, dword ptr [rax]", {0x2b, 0x08}, STEP_COMPUTE, RAX | RCX, RCX, false},
    {"cmove ebx, eax", {0x0f, 0x44, 0xd8}, STEP_CHOOSE, RAX | RBX, RBX, false},
    {"sete al", {0x0f, 0x94, 0xc0}, STEP_COMPUTE, 0, RAX, false},
    {"neg eax", {0xf7, 0xd8}, STEP_COMPUTE, RAX, RAX, false},
    {"shr eax, 31", {0xc1, 0xe8, 0x1f}, STEP_COMPUTE, RAX, RAX, false},
    {"or dword ptr [rbp-4], eax", {0x09, 0x45, 0xfc}, STEP_COMPUTE, RAX | RBP, 0, false},
    {"mov dword ptr [rbp-4], eax", {0x89, 0x45, 0xfc}, STEP_STORE, RAX | RBP, 0, false},
    {"mov eax, dword ptr [rbp-4]", {0x8b, 0x45, 0xfc}, STEP_LOAD, RBP, RAX, false},
    {"mov dword ptr [rbp-4], 0", {0xc7, 0x45, 0xfc, 0x00, 0x00, 0x00, 0x00}, STEP_STORE, RBP, 0, false},
    {"push rax", {0x50}, STEP_STORE, RAX | RSP, RSP, false},
    {"pop rbx", {0x5b}, STEP_LOAD, RSP, RBX | RSP, false},
    {"lea rdi, [rbp-4]", {0x48, 0x8d, 0x7d, 0xfc}, STEP_ADDRESS, RBP, RDI, false},
    {"mov rdi, rsp", {0x48, 0x89, 0xe7}, STEP_ADDRESS, RSP, RDI, false},
    {"mov rbp, rsp", {0x48, 0x89, 0xe5}, STEP_COMPUTE, RSP, RBP, false},
    {"nop dword ptr [rax+rax]", {0x0f, 0x1f, 0x04, 0x00}, STEP_NOTHING, 0, 0, false},
    {"endbr64", {0xf3, 0x0f, 0x1e, 0xfa}, STEP_NOTHING, 0, 0, false},
    {"xchg eax, ebx", {0x93}, STEP_COMPUTE, RAX | RBX, RAX | RBX, false},
    {"lock cmpxchg dword ptr [rdi], ecx", {0xf0, 0x0f, 0xb1, 0x0f}, STEP_COMPUTE, RAX | RCX | RDI, RAX, false},
    {"syscall", {0x0f, 0x05}, STEP_COMPUTE, RAX | RDI | RSI | RDX | R10 | R8 | R9, RAX | RCX | R11, false},
    {"movd xmm0, eax", {0x66, 0x0f, 0x6e, 0xc0}, STEP_COMPUTE, RAX, 0, false},
    {"movaps xmmword ptr [rsp], xmm0", {0x0f, 0x29, 0x04, 0x24}, STEP_COMPUTE, RSP, 0, false},
    {"call rax", {0xff, 0xd0}, STEP_CALL, RAX | RSP, RSP, false},
    {"jmp rax", {0xff, 0xe0}, STEP_JUMP, RAX, 0, false},
    {"ret", {0xc3}, STEP_RETURN, RSP, RSP, false},
    {"ud2", {0x0f, 0x0b}, STEP_STOP, 0, 0, false},
    {"leave", {0xc9}, STEP_COMPUTE, RBP | RSP, RBP | RSP, false},
};

#define SP 0x80000000u /* no int holds it */

enum aarch64_set {
    X0 = 1 << 0,
    X1 = 1 << 1,
    X2 = 1 << 2,
    X8 = 1 << 8,
    X17 = 1 << 17,
    X19 = 1 << 19,
    X29 = 1 << 29,
    X30 = 1 << 30,
};

static const struct row aarch64_rows[] = {
    {"cmp w0, #0", {0x1f, 0x00, 0x00, 0x71}, STEP_COMPUTE, X0, 0, true},
    {"cmp w0, w1", {0x1f, 0x00, 0x01, 0x6b}, STEP_COMPUTE, X0 | X1, 0, true},
    {"cmn w0, #1", {0x1f, 0x04, 0x00, 0x31}, STEP_COMPUTE, X0, 0, true},
    {"tst w0, w1", {0x1f, 0x00, 0x01, 0x6a}, STEP_COMPUTE, X0 | X1, 0, true},
    {"ccmp w0, #0, #4, ne", {0x04, 0x18, 0x40, 0x7a}, STEP_COMPUTE, X0, 0, true},
    {"mov w0, #0", {0x00, 0x00, 0x80, 0x52}, STEP_COMPUTE, 0, X0, false},
    {"mov w0, wzr", {0xe0, 0x03, 0x1f, 0x2a}, STEP_COMPUTE, 0, X0, false},
    {"mov w0, #-1", {0x00, 0x00, 0x80, 0x12}, STEP_COMPUTE, 0, X0, false},
    {"eor w0, w0, w0", {0x00, 0x00, 0x00, 0x4a}, STEP_COMPUTE, 0, X0, false},
    {"eor w0, w0, w1", {0x00, 0x00, 0x01, 0x4a}, STEP_COMPUTE, X0 | X1, X0, false},
    {"mov w19, w0", {0xf3, 0x03, 0x00, 0x2a}, STEP_MOVE, X0, X19, false},
    {"mov x19, x0", {0xf3, 0x03, 0x00, 0xaa}, STEP_MOVE, X0, X19, false},
    {"sxtw x0, w0", {0x00, 0x7c, 0x40, 0x93}, STEP_MOVE, X0, X0, false},
    {"movk w0, #1, lsl #16", {0x20, 0x00, 0xa0, 0x72}, STEP_COMPUTE, X0, X0, false},
    {"bfi w0, w1, #1, #2", {0x20, 0x04, 0x1f, 0x33}, STEP_COMPUTE, X0 | X1, X0, false},
    {"neg w0, w0", {0xe0, 0x03, 0x00, 0x4b}, STEP_COMPUTE, X0, X0, false},
    {"lsr w0, w1, #31", {0x20, 0x7c, 0x1f, 0x53}, STEP_COMPUTE, X1, X0, false},
    {"cset w0, ne", {0xe0, 0x07, 0x9f, 0x1a}, STEP_COMPUTE, 0, X0, false},
    {"csel w0, w1, w19, ne", {0x20, 0x10, 0x93, 0x1a}, STEP_CHOOSE, X1 | X19, X0, false},
    {"subs w0, w1, #1", {0x20, 0x04, 0x00, 0x71}, STEP_COMPUTE, X1, X0, true},
    {"str w0, [sp, #12]", {0xe0, 0x0f, 0x00, 0xb9}, STEP_STORE, X0 | SP, 0, false},
    {"str wzr, [sp, #12]", {0xff, 0x0f, 0x00, 0xb9}, STEP_STORE, SP, 0, false},
    {"ldr w0, [sp, #12]", {0xe0, 0x0f, 0x40, 0xb9}, STEP_LOAD, SP, X0, false},
    {"ldrsw x0, [sp, #12]", {0xe0, 0x0f, 0x80, 0xb9}, STEP_LOAD, SP, X0, false},
    {"stp x29, x30, [sp, #-32]!", {0xfd, 0x7b, 0xbe, 0xa9}, STEP_STORE, X29 | X30 | SP, SP, false},
    {"ldp x29, x30, [sp], #32", {0xfd, 0x7b, 0xc2, 0xa8}, STEP_LOAD, SP, X29 | X30 | SP, false},
    {"stxr w0, w1, [x2]", {0x41, 0x7c, 0x00, 0x88}, STEP_COMPUTE, X1 | X2, X0, false},
    {"str w0, [x19, x1]", {0x60, 0x6a, 0x21, 0xb8}, STEP_STORE, X0 | X19 | X1, 0, false},
    {"add x0, sp, #12", {0xe0, 0x33, 0x00, 0x91}, STEP_ADDRESS, SP, X0, false},
    {"mov x0, sp", {0xe0, 0x03, 0x00, 0x91}, STEP_ADDRESS, SP, X0, false},
    {"mov x29, sp", {0xfd, 0x03, 0x00, 0x91}, STEP_COMPUTE, SP, X29, false},
    {"sub sp, sp, #16", {0xff, 0x43, 0x00, 0xd1}, STEP_COMPUTE, SP, SP, true},
    {"cbz w0, .", {0x00, 0x00, 0x00, 0x34}, STEP_BRANCH, X0, 0, true},
    {"tbnz w0, #31, .", {0x00, 0x00, 0xf8, 0x37}, STEP_BRANCH, X0, 0, true},
    {"b.ne .", {0x01, 0x00, 0x00, 0x54}, STEP_BRANCH, 0, 0, false},
    {"b .", {0x00, 0x00, 0x00, 0x14}, STEP_JUMP, 0, 0, false},
    {"br x17", {0x20, 0x02, 0x1f, 0xd6}, STEP_JUMP, X17, 0, false},
    {"bl .", {0x00, 0x00, 0x00, 0x94}, STEP_CALL, 0, X30, false},
    {"blr x8", {0x00, 0x01, 0x3f, 0xd6}, STEP_CALL, X8, X30, false},
    {"ret", {0xc0, 0x03, 0x5f, 0xd6}, STEP_RETURN, 0, 0, false},
    {"retaa", {0xff, 0x0b, 0x5f, 0xd6}, STEP_RETURN, 0, 0, false},
    {"fmov s0, w0", {0x00, 0x00, 0x27, 0x1e}, STEP_COMPUTE, X0, 0, false},
    {"fmov w0, s0", {0x00, 0x00, 0x26, 0x1e}, STEP_COMPUTE, 0, X0, false},
    {"msr tpidr_el0, x0", {0x40, 0xd0, 0x1b, 0xd5}, STEP_COMPUTE, X0, 0, false},
    {"mrs x0, tpidr_el0", {0x40, 0xd0, 0x3b, 0xd5}, STEP_COMPUTE, 0, X0, false},
    {"ldadd w0, w1, [x2]", {0x41, 0x00, 0x20, 0xb8}, STEP_COMPUTE, X0 | X2, X1, false},
    {"cas w0, w1, [x2]", {0x41, 0x7c, 0xa0, 0x88}, STEP_COMPUTE, X0 | X1 | X2, X0, false},
    {"paciasp", {0x3f, 0x23, 0x03, 0xd5}, STEP_NOTHING, 0, 0, false},
    {"nop", {0x1f, 0x20, 0x03, 0xd5}, STEP_NOTHING, 0, 0, false},
    {"brk #1", {0x20, 0x00, 0x20, 0xd4}, STEP_STOP, 0, 0, false},
};

/* All rows are looked at, so that one run tells all that is wrong. */
static int wrong_rows(unsigned elf_machine, const struct row *rows, size_t count)
{
    int wrong = 0;
    struct decoder *decoder = decoder__new(elf_machine);
    assert_non_null(decoder);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct step step = {.kind = STEP_STOP};
        if (decoder__step(decoder, row->bytes, sizeof(row->bytes), 0x1000, &step) && step.kind == row->kind &&
            step.reads == row->reads && step.writes == row->writes && step.compares == row->compares)
            continue;
        print_error("%s: kind %d, reads %x, writes %x, compares %d\n", row->text, (int)step.kind, step.reads,
                    step.writes, step.compares);
        wrong++;
    }
    decoder__free(decoder);
    return wrong;
}

static void x86_registers_are_told_right(void **state)
{
    (void)state;
    assert_int_equal(wrong_rows(EM_X86_64, x86_rows, sizeof x86_rows / sizeof x86_rows[0]), 0);
}

static void aarch64_registers_are_told_right(void **state)
{
    (void)state;
    assert_int_equal(wrong_rows(EM_AARCH64, aarch64_rows, sizeof aarch64_rows / sizeof aarch64_rows[0]), 0);
}

static struct step decode(unsigned elf_machine, const char *bytes, size_t size)
{
    struct step step;
    struct decoder *decoder = decoder__new(elf_machine);
    assert_true(decoder__step(decoder, (const uint8_t *)bytes, size, 0x1000, &step));
    decoder__free(decoder);
    return step;
}

static void the_stack_is_followed(void **state)
{
    (void)state;
    assert_int_equal(decode(EM_X86_64, "\x50", 1).stack_change, -8);                   /* push rax */
    assert_int_equal(decode(EM_X86_64, "\x48\x83\xec\x20", 4).stack_change, -0x20);    /* sub rsp, 0x20 */
    assert_int_equal(decode(EM_X86_64, "\x48\x8d\x64\x24\x10", 5).stack_change, 0x10); /* lea rsp, [rsp + 0x10] */
    assert_true(decode(EM_X86_64, "\x48\x83\xe4\xf0", 4).is_stack_unknown);            /* and rsp, -16 */
    assert_true(decode(EM_X86_64, "\xc9", 1).is_stack_unknown);                        /* leave */
    struct step pair = decode(EM_AARCH64, "\xfd\x7b\xbe\xa9", 4);                      /* stp x29, x30, [sp, #-32]! */
    assert_int_equal(pair.stack_change, -32);
    assert_int_equal(pair.memory.offset, -32);
    assert_int_equal(pair.moved_count, 2);
    pair = decode(EM_AARCH64, "\xfd\x7b\xc2\xa8", 4); /* ldp x29, x30, [sp], #32 */
    assert_int_equal(pair.stack_change, 32);
    assert_int_equal(pair.memory.offset, 0);
}

static void jumps_know_where_they_lead(void **state)
{
    (void)state;
    assert_int_equal(decode(EM_X86_64, "\xe8\x10\x00\x00\x00", 5).target, 0x1015);
    assert_int_equal(decode(EM_X86_64, "\x74\xfe", 2).target, 0x1000);
    struct step through_table = decode(EM_X86_64, "\xff\x15\x10\x00\x00\x00", 6); /* call [rip + 0x10] */
    assert_true(through_table.is_indirect && through_table.memory.is_absolute);
    assert_int_equal(through_table.memory.offset, 0x1016);
    assert_int_equal(decode(EM_AARCH64, "\x04\x00\x00\x94", 4).target, 0x1010); /* bl */
}

static void what_is_no_instruction_is_none(void **state)
{
    (void)state;
    struct step step;
    static const uint8_t nonsense[] = {0x06, 0x06, 0x06, 0x06};
    struct decoder *decoder = decoder__new(EM_X86_64);
    assert_false(decoder__step(decoder, nonsense, sizeof(nonsense), 0, &step));
    assert_false(decoder__step(decoder, (const uint8_t *)"\xe8", 1, 0, &step)); /* cut short */
    decoder__free(decoder);
    assert_null(decoder__new(EM_S390));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x86_registers_are_told_right),   cmocka_unit_test(aarch64_registers_are_told_right),
        cmocka_unit_test(the_stack_is_followed),          cmocka_unit_test(jumps_know_where_they_lead),
        cmocka_unit_test(what_is_no_instruction_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
