/* Instructions that run in the process: they are copied there as they are. */
#ifndef ATTACH_STUB_H
#define ATTACH_STUB_H

#include <stdint.h>

/* What the new thread does, one after the other. All addresses are the process's. */
struct stub_work {
    uint64_t init_thread_data; /* _dl_allocate_tls_init; 0: it was done before */
    uint64_t thread;           /* its argument */
    uint64_t dlopen, library;
    uint64_t dlsym, function;
    uint64_t dlerror;
    uint64_t argument;  /* of the function */
    uint64_t handle;    /* what dlopen gave */
    uint64_t called;    /* the function's address */
    uint64_t complaint; /* of dlerror, where one of them is 0 */
    uint64_t done;      /* 1: the thread ends */
};

/* What the borrowed thread is to have when it goes on. */
struct stub_return {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip;
    uint64_t flags;       /* the lowest byte of the register, in the second one here */
    uint64_t overflow;    /* 1: that flag is set */
    uint64_t mask;        /* signals that it has blocked */
    uint64_t schedule[7]; /* how it comes to a processor: struct sched_attr, as the kernel has it */
};

/* In front of the instructions stands a struct stub_return. */
extern const unsigned char stub_begin[];
extern const uint32_t stub_size, stub_entry; /* bytes; where one enters it, from its beginning on */

#endif
