/* Prints what stack/unwind_table.c reads of the tables of this program's modules, at places all over their code: the file of
 * a module, and for each place of it its address there, the kind, the distance, by_fp and saved_at. */
#include <elf.h>
#include <inttypes.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>

#include "stack/modules.h"
#include "stack/unwind_table.h"

enum { PLACES = 3000, STEP = 4 };

struct visit {
    uint64_t address;
    struct lw_image *image;
};

static int is_within(const struct dl_phdr_info *info, uint64_t address)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && address - info->dlpi_addr - header->p_vaddr < header->p_memsz)
            return 1;
    }
    return 0;
}

static int visit_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    struct visit *visit = context;
    if (!is_within(info, visit->address))
        return 0;
    *visit->image = (struct lw_image){
        .base = info->dlpi_addr, .name = info->dlpi_name, .headers = info->dlpi_phdr, .count = info->dlpi_phnum};
    return 1;
}

/* What the reader asks of its surroundings. */
bool lw_module_image(uint64_t address, struct lw_image *image)
{
    return dl_iterate_phdr(visit_module, &(struct visit){address, image}) == 1;
}

static void print_places(const struct dl_phdr_info *info, const ElfW(Phdr) * header)
{
    uint64_t step = header->p_memsz / PLACES / STEP * STEP + STEP;
    for (uint64_t at = header->p_vaddr; at < header->p_vaddr + header->p_memsz; at += step) {
        struct lw_leaving leaving = lw_unwind_table_find(info->dlpi_addr + at);
        printf("%" PRIx64 " %d %d %d %d\n", at, leaving.kind, leaving.distance, leaving.by_fp, leaving.saved_at);
    }
}

static int print_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    printf("module %s\n", info->dlpi_name);
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
            print_places(info, &info->dlpi_phdr[i]);
    return 0;
}

int main(void)
{
    dl_iterate_phdr(print_module, NULL);
    return 0;
}
