/* The instructions themselves.
 *
 * DESIGN. They stand behind the end of a library's code, in the rest of its last page, which nobody reads. What they have
 * to remember stands there, too, and is only read. At stub_entry a system call is made, whose number and arguments are in
 * their registers already; r12 is for a thread that it may have made. The caller goes on with what is in front of the
 * instructions: its signals first, as that takes a call, then its registers. The flags come back without a stack: overflow
 * by an addition, the others by sahf. The new thread has a stack of its own and does what its struct stub_work says. */
#if defined(__x86_64__)
#include "stub.h"

#include <stddef.h>

_Static_assert(sizeof(struct stub_return) == 216 && offsetof(struct stub_return, schedule) == 160,
               "its offsets stand in the instructions below");
_Static_assert(offsetof(struct stub_return, rip) == 128, "likewise");
_Static_assert(offsetof(struct stub_return, mask) == 152, "likewise");
_Static_assert(offsetof(struct stub_work, done) == 88, "likewise");

__asm__(".section .rodata\n"
        ".balign 16\n"
        ".globl stub_begin, stub_size, stub_entry\n"
        "stub_begin:\n"
        "    .fill 216, 1, 0\n"
        "0:\n"
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 5f\n"
        /* Back to what it did: sched_setattr(0, schedule, 0), rt_sigprocmask(SIG_SETMASK, mask, NULL, 8) … */
        "    mov $314, %eax\n"
        "    xor %edi, %edi\n"
        "    lea stub_begin + 160(%rip), %rsi\n"
        "    xor %edx, %edx\n"
        "    syscall\n"
        "    mov $14, %eax\n"
        "    mov $2, %edi\n"
        "    lea stub_begin + 152(%rip), %rsi\n"
        "    xor %edx, %edx\n"
        "    mov $8, %r10d\n"
        "    syscall\n"
        /* … and its registers. */
        "    mov stub_begin + 8(%rip), %rbx\n"
        "    mov stub_begin + 16(%rip), %rcx\n"
        "    mov stub_begin + 24(%rip), %rdx\n"
        "    mov stub_begin + 32(%rip), %rsi\n"
        "    mov stub_begin + 40(%rip), %rdi\n"
        "    mov stub_begin + 48(%rip), %rbp\n"
        "    mov stub_begin + 56(%rip), %rsp\n"
        "    mov stub_begin + 64(%rip), %r8\n"
        "    mov stub_begin + 72(%rip), %r9\n"
        "    mov stub_begin + 80(%rip), %r10\n"
        "    mov stub_begin + 88(%rip), %r11\n"
        "    mov stub_begin + 96(%rip), %r12\n"
        "    mov stub_begin + 104(%rip), %r13\n"
        "    mov stub_begin + 112(%rip), %r14\n"
        "    mov stub_begin + 120(%rip), %r15\n"
        "    mov stub_begin + 144(%rip), %al\n"
        "    add $0x7f, %al\n"
        "    mov stub_begin + 136(%rip), %rax\n"
        "    sahf\n"
        "    mov stub_begin(%rip), %rax\n"
        "    jmp *stub_begin + 128(%rip)\n"
        /* The new thread. What we have it wait for is no reason to come before others. */
        "5:\n"
        "    mov $314, %eax\n"
        "    xor %edi, %edi\n"
        "    lea stub_begin + 160(%rip), %rsi\n"
        "    xor %edx, %edx\n"
        "    syscall\n"
        "    xor %ebp, %ebp\n"
        "    mov %r12, %rbx\n"
        "    mov (%rbx), %rax\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    mov 8(%rbx), %rdi\n"
        "    mov $1, %esi\n"
        "    call *%rax\n"
        "1:  mov 24(%rbx), %rdi\n"
        "    mov $2, %esi\n"
        "    call *16(%rbx)\n"
        "    mov %rax, 64(%rbx)\n"
        "    test %rax, %rax\n"
        "    jz 2f\n"
        "    mov %rax, %rdi\n"
        "    mov 40(%rbx), %rsi\n"
        "    call *32(%rbx)\n"
        "    mov %rax, 72(%rbx)\n"
        "    test %rax, %rax\n"
        "    jz 2f\n"
        "    mov 56(%rbx), %rdi\n"
        "    call *%rax\n"
        "    jmp 3f\n"
        "2:  call *48(%rbx)\n"
        "    mov %rax, 80(%rbx)\n"
        "3:  movq $1, 88(%rbx)\n"
        "    mov $60, %eax\n"
        "    xor %edi, %edi\n"
        "    syscall\n"
        "    hlt\n"
        "7:\n"
        ".balign 4\n"
        "stub_size: .long 7b - stub_begin\n"
        "stub_entry: .long 0b - stub_begin\n"
        ".previous\n");
#endif
