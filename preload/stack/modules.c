/* Modules: name, build-id and load bias of what an address lies in.
 *
 * The C library's _dl_find_object (since 2.35) answers without a lock; before that the list is walked under the loader's
 * lock. Both only when a stack is new. The same file at the same place is the same module however often it is loaded;
 * another one at the same place is another. */
#define _GNU_SOURCE
#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "python/python.h"
#include "symbol/symbol.h"

#define NEAR 32 /* modules whose number is kept at hand */

static LW_BEGIN_DATA struct {
    uint64_t start, end;
    uint32_t number;
    uint32_t stamp; /* 1 + generation + era of the ledger when it was found */
} near[NEAR];
static LW_START_DATA uint32_t near_next;

struct dl_find_object_result {
    unsigned long long flags;
    void *map_start, *map_end;
    struct link_map *link_map;
    void *eh_frame;
    unsigned long long reserved[8];
};
static LW_START_DATA int (*find_object)(void *, struct dl_find_object_result *);

LW_START_CODE void lw_modules_start(void)
{
    void *found = dlvsym(RTLD_DEFAULT, "_dl_find_object", "GLIBC_2.35");
    memcpy(&find_object, &found, sizeof found);
}

void lw_modules_forget(void)
{
    lw_python_forget();
    __atomic_fetch_add(&lw_generation, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&lw_wiped.turn, 0, __ATOMIC_SEQ_CST);
    if (lw_map.base)
        __atomic_store_n(&lw_header()->generation, lw_generation, __ATOMIC_RELAXED);
}

/* ---- What lies there ---- */

static void note_build_id(struct lw_found *found, const uint8_t *notes, uint64_t size)
{
    struct lw_module *module = &found->module;
    uint32_t length = 0;
    const uint8_t *id = found->build_id = lw_build_id_in(notes, size, &length);
    if (!id)
        return;
    module->build_id_length = length < sizeof module->build_id ? length : (uint32_t)sizeof module->build_id;
    memcpy(module->build_id, id, module->build_id_length);
}

static void from_headers(struct lw_found *found, const ElfW(Phdr) * headers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t start = found->module.base + headers[i].p_vaddr;
        if (headers[i].p_type == PT_NOTE && !found->module.build_id_length)
            note_build_id(found, (const uint8_t *)start, headers[i].p_memsz);
        if (headers[i].p_type != PT_LOAD)
            continue;
        if (!found->module.start || start < found->module.start)
            found->module.start = start;
        if (start + headers[i].p_memsz > found->module.end)
            found->module.end = start + headers[i].p_memsz;
    }
}

static bool is_of(uint64_t address, const struct link_map *map)
{
    struct dl_find_object_result result;
    return find_object((void *)address, &result) == 0 && result.link_map == map;
}

/* Where parts of a module lie apart, each is told as if it were all, and the headers are in one of them: the kernel says
 * where the program's own are, others are where the module begins. */
static void find_headers(struct lw_image *image, const struct link_map *map)
{
    const ElfW(Ehdr) *file = (const void *)image->start;
    uint64_t own = getauxval(AT_PHDR);
    if (own && is_of(own, map)) {
        image->headers = (const void *)own;
        image->count = (uint32_t)getauxval(AT_PHNUM);
        return;
    }
    if (map->l_addr && is_of(map->l_addr, map))
        file = (const void *)map->l_addr;
    if (memcmp(file->e_ident, ELFMAG, SELFMAG) == 0) {
        image->headers = (const void *)((const char *)file + file->e_phoff);
        image->count = file->e_phnum;
    }
}

static bool find_without_lock(uint64_t address, struct lw_image *image)
{
    struct dl_find_object_result result;
    if (find_object((void *)address, &result) != 0 || !result.link_map)
        return false;
    *image = (struct lw_image){.base = result.link_map->l_addr,
                               .start = (uint64_t)result.map_start,
                               .end = (uint64_t)result.map_end,
                               .name = result.link_map->l_name};
    find_headers(image, result.link_map);
    return true;
}

struct visit {
    uint64_t address;
    struct lw_image *image;
};

static int visit_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    struct visit *visit = context;
    struct lw_found this = {.address = visit->address};
    this.module.base = info->dlpi_addr;
    from_headers(&this, info->dlpi_phdr, info->dlpi_phnum);
    if (visit->address < this.module.start || visit->address >= this.module.end)
        return 0;
    *visit->image = (struct lw_image){.base = info->dlpi_addr,
                                      .start = this.module.start,
                                      .end = this.module.end,
                                      .name = info->dlpi_name,
                                      .headers = info->dlpi_phdr,
                                      .count = info->dlpi_phnum};
    return 1;
}

bool lw_module_image(uint64_t address, struct lw_image *image)
{
    if (find_object)
        return find_without_lock(address, image);
    return dl_iterate_phdr(visit_module, &(struct visit){address, image}) == 1;
}

static void from_image(struct lw_found *found, const struct lw_image *image)
{
    found->module.base = image->base;
    found->name = image->name;
    from_headers(found, image->headers, image->headers ? image->count : 0);
    found->module.start = image->start;
    found->module.end = image->end;
}

bool lw_module_find(struct lw_found *found)
{
    struct lw_image image;
    bool is_found = lw_module_image(found->address, &image);
    if (is_found)
        from_image(found, &image);
    return is_found;
}

bool lw_module_find_may_wait(void)
{
    return !find_object;
}

/* ---- Its number ---- */

static uint32_t intern_module(struct lw_found *found)
{
    const char *name = found->name && *found->name ? found->name : lw_header()->exe;
    found->module.name = lw_name(name, strlen(name));
    found->module.first_seen = lw_now();
    uint64_t id;
    memcpy(&id, found->module.build_id, sizeof id);
    uint32_t number = lw_intern(LW_MODULES, lw_hash2(found->module.base ^ id, found->module.name), &found->module);
    return number == LW_OTHER ? 0 : number;
}

static uint32_t remember(const struct lw_module *module, uint32_t number, uint32_t stamp)
{
    uint32_t at = __atomic_fetch_add(&near_next, 1, __ATOMIC_RELAXED) % NEAR;
    __atomic_store_n(&near[at].stamp, 0, __ATOMIC_RELEASE);
    near[at].start = module->start;
    near[at].end = module->end;
    near[at].number = number;
    __atomic_store_n(&near[at].stamp, stamp, __ATOMIC_RELEASE);
    return number;
}

uint32_t lw_module_of(uint64_t address)
{
    uint32_t stamp = 1 + lw_generation + (lw_era << 20);
    for (uint32_t i = 0; i < NEAR; i++) {
        uint32_t number = near[i].number;
        if (__atomic_load_n(&near[i].stamp, __ATOMIC_ACQUIRE) == stamp && address >= near[i].start &&
            address < near[i].end && number == near[i].number)
            return number;
    }
    struct lw_found found = {.address = address};
    struct lw_image image;
    if (!lw_module_image(address, &image))
        return 0;
    if (image.headers)
        lw_python_look(&(struct lw_python_module){image.base, image.start, image.end, image.headers, image.count});
    from_image(&found, &image);
    return remember(&found.module, intern_module(&found), stamp);
}
