/* void lw_call_on(void *top, void (*step)(void *), void *argument): calls step(argument) on another stack, and comes back.
 * Who looks up the stack from there finds this frame and goes on in that of the caller: it is described by the frame
 * pointer. A shadow stack sees calls and returns in pairs, as everywhere. */
#if defined __x86_64__

    .text
    .globl lw_call_on
    .hidden lw_call_on
    .type lw_call_on, @function
lw_call_on:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq %rdi, %rsp
    movq %rdx, %rdi
    call *%rsi
    leave
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size lw_call_on, . - lw_call_on

    /* As in vfork.S: what this object promises to a processor that checks. */
    .section .note.gnu.property, "a"
    .balign 8
    .long 4, 16, 5
    .asciz "GNU"
    .long 0xc0000002, 4, 3, 0

#elif defined __aarch64__

    .text
    .globl lw_call_on
    .hidden lw_call_on
    .type lw_call_on, %function
lw_call_on:
    .cfi_startproc
    hint #34
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    .cfi_def_cfa_register x29
    mov sp, x0
    mov x0, x2
    blr x1
    mov sp, x29
    .cfi_def_cfa_register sp
    ldp x29, x30, [sp], #16
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size lw_call_on, . - lw_call_on

#endif

    .section .note.GNU-stack, "", %progbits
