/* Has libdwfl follow the stack. */
#if defined(__x86_64__)
#include "frames.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "mappings.h"

enum { MOST = 8192 }; /* frames: some 15 ms */
enum { WINDOW = 16 * 1024 };
enum { REGISTERS = 17, RETURN_ADDRESS = 16 }; /* by DWARF's numbers */

struct module {
    struct module *next;
    struct image image;
    bool is_mapped; /* the file is that which is mapped: as seen in the present walk */
};

struct frames {
    const struct attach_target *target;
    Dwfl *dwfl;
    struct module *modules;
    bool is_ready;
    /* The present walk. */
    const struct user_regs_struct *registers;
    bool (*take)(void *context, const struct frame *frame);
    void *context;
    unsigned char window[WINDOW]; /* of the stack, read at once */
    uint64_t window_start, window_end;
    unsigned count;
    bool is_handler;   /* of a signal: who called it was interrupted */
    bool is_outermost; /* no return address: nobody called it */
    bool is_enough;    /* take has said so */
};

/* ---- The files --------------------------------------------------------------------------------------------------- */

static int find_no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path, Elf **elf)
{
    (void)module, (void)data, (void)name, (void)base, (void)path, (void)elf;
    return -1;
}

static int find_no_debug_info(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *path,
                              const char *link, GElf_Word sum, char **found)
{
    (void)module, (void)data, (void)name, (void)base, (void)path, (void)link, (void)sum, (void)found;
    return -1;
}

static const Dwfl_Callbacks callbacks = {.find_elf = find_no_elf, .find_debuginfo = find_no_debug_info};

static Dwfl_Module *report(Dwfl *dwfl, uint32_t pid, const struct image *image)
{
    char *path = heap__printed("/proc/%u/root%s", pid, image->path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    free(path);
    Dwfl_Module *module = fd >= 0 ? dwfl_report_elf(dwfl, image->path, image->path, fd, image->base, true) : NULL;
    if (module == NULL && fd >= 0)
        close(fd);
    return module;
}

static void add(void *context, const struct mapping *mapping)
{
    struct frames *frames = context;
    struct module *module = heap__zeroed(1, sizeof *module);
    void **data;
    Dwarf_Addr bias;
    Dwfl_Module *reported = image__open(&module->image, frames->target->pid, mapping->path, mapping->start)
                                ? report(frames->dwfl, frames->target->pid, &module->image)
                                : NULL;
    if (reported != NULL) {
        dwfl_module_info(reported, &data, NULL, NULL, NULL, NULL, NULL, NULL);
        *data = module;
        dwfl_module_eh_cfi(reported, &bias); /* found now, while nobody stands still */
    }
    module->next = frames->modules;
    frames->modules = module;
}

/* ---- The thread, as libdwfl asks for it -------------------------------------------------------------------------- */

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
    const struct frames *frames = context;
    (void)dwfl;
    if (*thread != NULL)
        return 0;
    *thread = context;
    return (pid_t)frames->target->pid;
}

static bool get_thread(Dwfl *dwfl, pid_t number, void *context, void **thread)
{
    (void)dwfl, (void)number;
    *thread = context;
    return true;
}

/* From there on, as callers' frames lie above. */
static void open_window(struct frames *frames, uint64_t address)
{
    ssize_t bytes = pread(frames->target->memory, frames->window, sizeof frames->window, (off_t)address);
    frames->window_start = address;
    frames->window_end = address + (bytes > 0 ? (uint64_t)bytes : 0);
}

static bool is_in_window(const struct frames *frames, uint64_t address)
{
    return address >= frames->window_start && address < frames->window_end &&
           frames->window_end - address >= sizeof(Dwarf_Word);
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *context)
{
    struct frames *frames = context;
    (void)dwfl;
    if (!is_in_window(frames, address))
        open_window(frames, address);
    if (!is_in_window(frames, address))
        return false;
    memcpy(word, frames->window + (address - frames->window_start), sizeof *word);
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
    const struct user_regs_struct *from = ((struct frames *)context)->registers;
    const Dwarf_Word words[REGISTERS] = {from->rax, from->rdx, from->rcx, from->rbx, from->rsi, from->rdi,
                                         from->rbp, from->rsp, from->r8,  from->r9,  from->r10, from->r11,
                                         from->r12, from->r13, from->r14, from->r15, from->rip};
    return dwfl_thread_state_registers(thread, 0, REGISTERS, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {.next_thread = next_thread,
                                                       .get_thread = get_thread,
                                                       .memory_read = read_word,
                                                       .set_initial_registers = set_registers};

struct frames *frames__new(const struct attach_target *target)
{
    struct frames *frames = heap__zeroed(1, sizeof *frames);
    frames->target = target;
    frames->dwfl = dwfl_begin(&callbacks);
    if (frames->dwfl == NULL)
        return frames;
    dwfl_report_begin(frames->dwfl);
    mappings__each(target->pid, add, frames);
    dwfl_report_end(frames->dwfl, NULL, NULL);
    frames->is_ready = dwfl_attach_state(frames->dwfl, NULL, (pid_t)target->pid, &thread_callbacks, frames);
    return frames;
}

void frames__free(struct frames *frames)
{
    if (frames == NULL)
        return;
    if (frames->dwfl != NULL)
        dwfl_end(frames->dwfl);
    for (struct module *next; frames->modules != NULL; frames->modules = next) {
        next = frames->modules->next;
        image__close(&frames->modules->image);
        free(frames->modules);
    }
    free(frames);
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

static bool is_mapped(const struct frames *frames, Dwfl_Module *reported)
{
    void **data;
    dwfl_module_info(reported, &data, NULL, NULL, NULL, NULL, NULL, NULL);
    struct module *module = *data;
    if (module != NULL && !module->is_mapped)
        module->is_mapped = attach_target__has(frames->target, &module->image);
    return module != NULL && module->is_mapped;
}

/* NULL: no table says how it is left. */
static Dwarf_Frame *table_of(const struct frames *frames, uint64_t address)
{
    Dwfl_Module *module = dwfl_addrmodule(frames->dwfl, address);
    Dwarf_Addr bias;
    Dwarf_Frame *table = NULL;
    if (module == NULL || !is_mapped(frames, module))
        return NULL;
    Dwarf_CFI *tables = dwfl_module_eh_cfi(module, &bias);
    return tables != NULL && dwarf_cfi_addrframe(tables, address - bias, &table) == 0 ? table : NULL;
}

static bool has_no_caller(Dwarf_Frame *table)
{
    Dwarf_Op room[3], *operations;
    size_t count;
    return dwarf_frame_register(table, RETURN_ADDRESS, room, &operations, &count) == 0 && count == 0 &&
           operations == room;
}

static bool has_table(struct frames *frames, uint64_t address)
{
    Dwarf_Addr start, end;
    Dwarf_Frame *table = table_of(frames, address);
    if (table == NULL)
        return false;
    frames->is_outermost = has_no_caller(table);
    dwarf_frame_info(table, &start, &end, &frames->is_handler);
    free(table);
    return true;
}

static int take_frame(Dwfl_Frame *state, void *context)
{
    struct frames *frames = context;
    struct frame frame = {.is_interrupted = frames->is_handler};
    if (frames->count++ == MOST || !dwfl_frame_pc(state, &frame.next, NULL))
        return DWARF_CB_ABORT;
    frame.address = frame.next - (frames->count > 1 && !frame.is_interrupted);
    frames->is_enough = !frames->take(frames->context, &frame);
    return !frames->is_enough && has_table(frames, frame.address) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

bool frames__walk(struct frames *frames, const struct user_regs_struct *registers,
                  bool (*take)(void *context, const struct frame *frame), void *context)
{
    if (!frames->is_ready)
        return false;
    frames->registers = registers;
    frames->take = take;
    frames->context = context;
    frames->window_start = frames->window_end = 0;
    frames->count = 0;
    frames->is_handler = frames->is_outermost = frames->is_enough = false;
    for (struct module *module = frames->modules; module != NULL; module = module->next)
        module->is_mapped = false;
    int result = dwfl_getthread_frames(frames->dwfl, (pid_t)frames->target->pid, take_frame, frames);
    return frames->is_enough || (result == 0 && frames->is_outermost);
}
#endif
