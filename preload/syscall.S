/* syscall(2): all arguments go on untouched. After vfork, and clone with shared memory but no other stack, the child
 * returns through our caller's frame while the parent waits, so those jump to the real function from here, with the
 * stack as it was; everything else is in hooks/syscalls.c. */
#if defined __x86_64__

    .text
    .globl syscall
    .type syscall, @function
syscall:
    .cfi_startproc
    endbr64
    cmpq $56, %rdi              /* clone */
    je 1f
    cmpq $58, %rdi              /* vfork */
    je 1f
    cmpq $435, %rdi             /* clone3 */
    jne lw_syscall
1:  pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    pushq %rcx
    .cfi_adjust_cfa_offset 8
    pushq %r8
    .cfi_adjust_cfa_offset 8
    pushq %r9
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call lw_syscall_shares
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r9
    .cfi_adjust_cfa_offset -8
    popq %r8
    .cfi_adjust_cfa_offset -8
    popq %rcx
    .cfi_adjust_cfa_offset -8
    popq %rdx
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
    testq %rax, %rax
    jz lw_syscall
    jmp *%rax
    .cfi_endproc
    .size syscall, . - syscall

    /* What this object promises to a processor that checks indirect jumps and return addresses. */
    .section .note.gnu.property, "a"
    .balign 8
    .long 4, 16, 5
    .asciz "GNU"
    .long 0xc0000002, 4, 3, 0

#elif defined __aarch64__

    .text
    .globl syscall
    .type syscall, %function
syscall:
    .cfi_startproc
    hint #34
    cmp x0, #220                /* clone */
    b.eq 1f
    cmp x0, #435                /* clone3 */
    b.ne lw_syscall
1:  stp x29, x30, [sp, #-80]!
    .cfi_def_cfa_offset 80
    .cfi_offset 29, -80
    .cfi_offset 30, -72
    mov x29, sp
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    str x6, [sp, #64]
    bl lw_syscall_shares
    mov x16, x0
    ldp x0, x1, [sp, #16]
    ldp x2, x3, [sp, #32]
    ldp x4, x5, [sp, #48]
    ldr x6, [sp, #64]
    ldp x29, x30, [sp], #80
    .cfi_restore 30
    .cfi_restore 29
    .cfi_def_cfa_offset 0
    cbz x16, lw_syscall
    br x16
    .cfi_endproc
    .size syscall, . - syscall

#endif

    .section .note.GNU-stack, "", %progbits
