/* vfork: its child returns through our caller's frame while the parent waits, so this must leave nothing on the stack:
 * mark the thread, and jump. */
#include "stack/stack.h"
#if defined __x86_64__

    .text
    .globl vfork, __vfork
    .type vfork, @function
    .type __vfork, @function
vfork:
__vfork:
    .cfi_startproc
    endbr64
    movq lw_thread@gottpoff(%rip), %rax
    movb $1, %fs:LW_THREAD_VFORKED(%rax)
    movq lw_real_vfork(%rip), %rax
    testq %rax, %rax
    jz 1f
    jmp *%rax
1:  popq %rdx                   /* not looked up yet: the system call itself, its return address out of harm's way */
    movl $58, %eax
    syscall
    pushq %rdx
    ret
    .cfi_endproc
    .size vfork, . - vfork
    .size __vfork, . - __vfork

    /* What this object promises to a processor that checks indirect jumps and return addresses. */
    .section .note.gnu.property, "a"
    .balign 8
    .long 4, 16, 5
    .asciz "GNU"
    .long 0xc0000002, 4, 3, 0

#elif defined __aarch64__

    .text
    .globl vfork, __vfork
    .type vfork, %function
    .type __vfork, %function
vfork:
__vfork:
    .cfi_startproc
    hint #34
    adrp x0, :gottprel:lw_thread
    ldr x0, [x0, :gottprel_lo12:lw_thread]
    mrs x1, tpidr_el0
    add x0, x0, x1
    mov w1, #1
    strb w1, [x0, #LW_THREAD_VFORKED]
    adrp x16, lw_real_vfork
    ldr x16, [x16, :lo12:lw_real_vfork]
    cbz x16, 1f
    br x16
1:  mov x0, #0x4111             /* CLONE_VFORK | CLONE_VM | SIGCHLD */
    mov x1, #0
    mov x8, #220
    svc #0
    ret
    .cfi_endproc
    .size vfork, . - vfork
    .size __vfork, . - __vfork

#endif

    .section .note.GNU-stack, "", %progbits
