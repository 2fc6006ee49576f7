/* What is read of unwind tables is what elfutils reads of them, at thousands of places of every module in this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "stack/unwind_table.h"

#if defined(__x86_64__)

enum { FP = 6, SP = 7, PC = 16, PLACES = 4000, STRIDE_AT_LEAST = 37 };

/* What elfutils says, in our words. */
static struct lw_leaving theirs(Dwarf_Frame *frame)
{
    struct lw_leaving involved = {.kind = LW_LEAVING_INVOLVED}, leaving = {.kind = LW_LEAVING_PLAIN};
    Dwarf_Op memory[3], *ops;
    size_t count;
    if (dwarf_frame_register(frame, PC, memory, &ops, &count) != 0)
        return involved;
    if (count == 0 && ops == memory)
        return (struct lw_leaving){.kind = LW_LEAVING_NOT};
    bool is_below = count == 2 && ops[0].atom == DW_OP_call_frame_cfa && (int64_t)ops[1].number == -8;
    if (!is_below || dwarf_frame_register(frame, FP, memory, &ops, &count) != 0)
        return involved;
    if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa)
        leaving.saved_at = (int16_t)((int64_t)ops[1].number / 8);
    else if (count != 0 || ops == memory)
        return involved;
    if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count != 1)
        return involved;
    bool by_sp = ops[0].atom == DW_OP_breg0 + SP || (ops[0].atom == DW_OP_bregx && ops[0].number == SP);
    bool by_fp = ops[0].atom == DW_OP_breg0 + FP || (ops[0].atom == DW_OP_bregx && ops[0].number == FP);
    if (!by_sp && !by_fp)
        return involved;
    leaving.by_fp = by_fp;
    leaving.distance = (int32_t)(ops[0].atom == DW_OP_bregx ? ops[0].number2 : ops[0].number);
    return leaving;
}

struct counts {
    unsigned modules, plain, outermost, involved, beyond;
};

/* Ours may call more involved, but may not say anything else. */
static void compare(Dwarf_CFI *cfi, uint64_t bias, uint64_t address, struct counts *counts)
{
    Dwarf_Frame *frame;
    struct lw_leaving ours = lw_unwind_table_find(address);
    if (dwarf_cfi_addrframe(cfi, address - bias, &frame) != 0) {
        assert_true(ours.kind == LW_LEAVING_UNKNOWN || ours.kind == LW_LEAVING_INVOLVED);
        return;
    }
    struct lw_leaving wanted = theirs(frame);
    bool is_of_signal;
    dwarf_frame_info(frame, NULL, NULL, &is_of_signal);
    if (is_of_signal)
        wanted.kind = LW_LEAVING_INVOLVED;
    counts->beyond += ours.kind == LW_LEAVING_INVOLVED && wanted.kind != LW_LEAVING_INVOLVED;
    counts->involved += wanted.kind == LW_LEAVING_INVOLVED;
    counts->plain += ours.kind == LW_LEAVING_PLAIN;
    counts->outermost += ours.kind == LW_LEAVING_NOT;
    bool is_equal =
        ours.kind == LW_LEAVING_INVOLVED || (ours.kind == wanted.kind && ours.by_fp == wanted.by_fp &&
                                             ours.distance == wanted.distance && ours.saved_at == wanted.saved_at);
    if (!is_equal)
        print_error("at %#lx: kind %u, %d from %s, saved at %d; elfutils: kind %u, %d from %s, saved at %d\n",
                    (unsigned long)(address - bias), ours.kind, ours.distance, ours.by_fp ? "fp" : "sp", ours.saved_at,
                    wanted.kind, wanted.distance, wanted.by_fp ? "fp" : "sp", wanted.saved_at);
    assert_true(is_equal);
    free(frame);
}

static void compare_code(Dwarf_CFI *cfi, const struct dl_phdr_info *module, struct counts *counts)
{
    for (unsigned i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
            continue;
        uint64_t begin = module->dlpi_addr + header->p_vaddr, stride = header->p_memsz / PLACES | 1;
        stride = stride < STRIDE_AT_LEAST ? STRIDE_AT_LEAST : stride;
        for (uint64_t at = 0; at < header->p_memsz; at += stride)
            compare(cfi, module->dlpi_addr, begin + at, counts);
    }
}

static int compare_module(struct dl_phdr_info *module, size_t size, void *context)
{
    (void)size;
    struct counts *counts = context;
    int fd = open(module->dlpi_name[0] ? module->dlpi_name : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) /* the kernel's own */
        return 0;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    Dwarf_CFI *cfi = dwarf_getcfi_elf(elf);
    if (cfi) {
        compare_code(cfi, module, counts);
        counts->modules++;
        dwarf_cfi_end(cfi);
    }
    elf_end(elf);
    close(fd);
    return 0;
}

static void reads_what_elfutils_reads(void **state)
{
    (void)state;
    struct counts counts = {0};
    dlopen("libstdc++.so.6", RTLD_NOW);
    dlopen("libpython3.11.so.1.0", RTLD_NOW);
    dlopen("libcrypto.so.3", RTLD_NOW);
    dl_iterate_phdr(compare_module, &counts);
    print_message("%u modules, %u plain, %u outermost, %u involved, %u more called so\n", counts.modules, counts.plain,
                  counts.outermost, counts.involved, counts.beyond);
    assert_true(counts.modules >= 4);
    assert_true(counts.plain >= 10000);
    assert_true((counts.involved + counts.beyond) * 50 < counts.plain);
}

/* Where a program begins, nobody has called it. */
static void knows_the_outermost_frame(void **state)
{
    (void)state;
    assert_int_equal(lw_unwind_table_find(getauxval(AT_ENTRY) + 8).kind, LW_LEAVING_NOT);
}

static void knows_nothing_of_other_memory(void **state)
{
    (void)state;
    uint64_t local = 0;
    assert_int_equal(lw_unwind_table_find((uint64_t)&local).kind, LW_LEAVING_UNKNOWN);
    assert_int_equal(lw_unwind_table_find(0).kind, LW_LEAVING_UNKNOWN);
    assert_int_equal(lw_unwind_table_find(UINT64_MAX).kind, LW_LEAVING_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_elfutils_reads),
        cmocka_unit_test(knows_the_outermost_frame),
        cmocka_unit_test(knows_nothing_of_other_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    printf("skipped: what is compared here is x86_64's; tests/checks/aarch64 has the other machine's\n");
    return 77;
}

#endif
