/* vfork: its child returns through our caller's frame while the parent waits, so this must leave nothing on the stack.
 *
 * DESIGN. The thread is marked, and the system call made from here, with the return address in a register, which parent and
 * child have each for itself. The child jumps back instead of returning: where the processor keeps return addresses a second
 * time, on a stack that both share, the parent's must still be there. The parent goes on in C, as a hook that the caller has called just now
 * (lw_vforked). Where another library stands between us and the C library (lw_other_vfork; a sanitizer), the call is its:
 * we jump there, and the child is not recorded. */
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
    movq lw_other_vfork(%rip), %rax
    testq %rax, %rax
    jnz 2f
    popq %rdi
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rdi
    movl $58, %eax
    syscall
    testq %rax, %rax
    jz 1f
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rip, 0
    movq %rax, %rdi
    jmp lw_vforked
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rdi
1:  jmp *%rdi
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rip, 0
2:  jmp *%rax
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
    adrp x16, lw_other_vfork
    ldr x16, [x16, :lo12:lw_other_vfork]
    cbnz x16, 2f
    mov x0, #0x4111             /* CLONE_VFORK | CLONE_VM | SIGCHLD */
    mov x1, #0
    mov x8, #220
    svc #0
    cbz x0, 1f
    b lw_vforked
1:  ret
2:  br x16
    .cfi_endproc
    .size vfork, . - vfork
    .size __vfork, . - __vfork

#endif

    .section .note.GNU-stack, "", %progbits
