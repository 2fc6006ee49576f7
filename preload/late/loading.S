/* dlopen and dlsym: the loader looks at the return address to see who calls, so where that counts it must be the caller's
 * own. Nothing of this stands on the stack then. */
#if defined __x86_64__

    .macro SAVED call
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call \call
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
    .endm

    .text
    .globl lw_late_dlopen
    .hidden lw_late_dlopen
    .type lw_late_dlopen, @function
lw_late_dlopen:
    .cfi_startproc
    endbr64
    testq %rdi, %rdi
    jz 1f
    SAVED lw_late_says_all
    testb %al, %al
    jnz lw_late_dlopen_and_sweep
    movb $1, lw_late_pending(%rip)
1:  jmp *lw_late_dlopen_real(%rip)
    .cfi_endproc
    .size lw_late_dlopen, . - lw_late_dlopen

    .globl lw_late_dlsym
    .hidden lw_late_dlsym
    .type lw_late_dlsym, @function
lw_late_dlsym:
    .cfi_startproc
    endbr64
    SAVED lw_late_catch_up
    jmp *lw_late_dlsym_real(%rip)
    .cfi_endproc
    .size lw_late_dlsym, . - lw_late_dlsym

    .section .note.gnu.property, "a"
    .balign 8
    .long 4, 16, 5
    .asciz "GNU"
    .long 0xc0000002, 4, 3, 0

#elif defined __aarch64__

    /* Nothing is attached to there yet: nobody comes here. */
    .text
    .globl lw_late_dlopen, lw_late_dlsym
    .hidden lw_late_dlopen
    .hidden lw_late_dlsym
    .type lw_late_dlopen, %function
    .type lw_late_dlsym, %function
lw_late_dlopen:
    hint #34
    adrp x16, lw_late_dlopen_real
    ldr x16, [x16, :lo12:lw_late_dlopen_real]
    br x16
lw_late_dlsym:
    hint #34
    adrp x16, lw_late_dlsym_real
    ldr x16, [x16, :lo12:lw_late_dlsym_real]
    br x16

#endif

    .section .note.GNU-stack, "", %progbits
