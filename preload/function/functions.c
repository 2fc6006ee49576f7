/* Functions that are entered and left: which of them are selected, and their scopes.
 *
 * DESIGN. When the first function of a module is seen, the module's file is read once, and the addresses of all selected
 * functions in it become known; what is asked for later and is not known, though its module is, is not selected. So the
 * usual question is one look into a table of addresses, and a function that is selected is found however many others
 * there are.
 *
 * Reading is a slow step: not without system calls (strict), not where stack or descriptors are short. Where it has to
 * wait, functions are no scopes until it can be done. One thread reads; others wait for it, but not for ever. A module
 * that is gone takes its functions with it, for another may take its place. */
#include "function.h"
#include "stack/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "account/account.h"
#include "cache.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "real/real.h"
#include "scope/scope.h"
#include "symbol/symbol.h"
#include "system/system.h"
#include "wake/wake.h"

#define MODULES 256u
/* ns: as long as that, a thread waits for another one that reads. Who reads waits for nothing, however slow the machine
 * is; but where it may have to wait for the loader's lock, whoever waits for it may be holding that. */
#define PATIENCE (lw_module_find_may_wait() ? 200000000u : 60000000000u)
#define PAUSE 100000000u /* ns: after that, what failed for want of something is tried again */

LW_HOT_DATA uint32_t lw_functions_work = LW_FUNCTIONS_UNSETTLED;
LW_HOT_DATA uint64_t *lw_functions_known;

/* Modules that have been read. Only who has the turn writes; start is 0 while it is written, and where there is none. */
static struct module {
    uint64_t start, end;
    const uint8_t *id; /* its build-id, where it was; NULL: it has none … */
    uint32_t id_length;
    uint8_t id_copy[sizeof(((struct lw_module *)NULL)->build_id)]; /* … and what that was */
} modules[MODULES];
static LW_START_DATA uint32_t module_count;

static LW_START_DATA uint32_t
    turn; /* lw_pid of the process whose thread reads: one that forked meanwhile is not stopped by it */
static LW_START_DATA uint64_t pause_until;
static LW_START_DATA uint32_t first_pid; /* children that were forked say nothing at their end */
static char unread[LW_TEXT];

/* ---- Modules ---- */

static const struct module *module_at(uint64_t address)
{
    uint32_t count = __atomic_load_n(&module_count, __ATOMIC_ACQUIRE);
    for (const struct module *module = modules; module < modules + count; module++) {
        uint64_t start = __atomic_load_n(&module->start, __ATOMIC_ACQUIRE);
        uint64_t end = __atomic_load_n(&module->end, __ATOMIC_ACQUIRE);
        if (start && address >= start && address < end && __atomic_load_n(&module->start, __ATOMIC_ACQUIRE) == start)
            return module;
    }
    return NULL;
}

static struct module *free_place(void)
{
    for (uint32_t i = 0; i < module_count; i++)
        if (!modules[i].start)
            return &modules[i];
    return module_count < MODULES ? &modules[module_count] : NULL;
}

static void module_publish(const struct lw_found *found)
{
    struct module *module = free_place();
    if (!module)
        return;
    module->id = found->build_id;
    module->id_length = found->module.build_id_length;
    memcpy(module->id_copy, found->module.build_id, sizeof module->id_copy);
    __atomic_store_n(&module->end, found->module.end, __ATOMIC_RELEASE);
    __atomic_store_n(&module->start, found->module.start, __ATOMIC_RELEASE);
    if (module == &modules[module_count])
        __atomic_store_n(&module_count, module_count + 1, __ATOMIC_RELEASE);
}

/* Another thread may be unloading it just now: so the kernel reads. The same build at the same place has the same
 * functions, whatever became of it meanwhile. otherwise: the answer where nothing can be told. */
static bool is_still_there(const struct module *module, bool otherwise)
{
    uint8_t now[sizeof module->id_copy];
    struct iovec here = {now, module->id_length}, there = {(void *)(uintptr_t)module->id, module->id_length};
    if (!module->id)
        return otherwise;
    long got = lw_syscall6(SYS_process_vm_readv, lw_pid, (long)&here, 1, (long)&there, 1, 0);
    if (got < 0 && got != -EFAULT)
        return otherwise;
    return got == (long)module->id_length && memcmp(now, module->id_copy, module->id_length) == 0;
}

/* ---- Reading ---- */

static void select_one(const struct lw_symbol *symbol, void *context)
{
    const struct lw_found *found = context;
    uint32_t number = lw_selection_number(symbol);
    if (number)
        lw_function_add(lw_functions_known, found->module.base + symbol->value, number);
}

static bool is_want(long error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR;
}

/* The descriptor is there for the time of a few reads only. */
static enum lw_symbols_answer read_file(const char *path, struct lw_symbols *symbols, const struct lw_module *module)
{
    long fd = lw_system4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return is_want(fd) ? LW_SYMBOLS_LATER : LW_SYMBOLS_BAD;
    enum lw_symbols_answer answer = lw_symbols_read(symbols, (int)fd, module->build_id, module->build_id_length);
    lw_system1(SYS_close, fd);
    return answer;
}

static void read_module(struct lw_found *found)
{
    struct lw_symbols symbols = {0};
    const char *path = found->name && *found->name ? found->name : "/proc/self/exe";
    enum lw_symbols_answer answer = read_file(path, &symbols, &found->module);
    if (answer == LW_SYMBOLS_LATER) {
        __atomic_store_n(&pause_until, lw_now() + PAUSE, __ATOMIC_RELAXED);
        return;
    }
    if (answer == LW_SYMBOLS_READ) {
        lw_symbols_visit(&symbols, select_one, found);
        lw_symbols_free(&symbols);
    } else if (!unread[0])
        memcpy(unread, path, strnlen(path, sizeof unread - 1));
    module_publish(found);
}

/* ---- One at a time ---- */

static bool take_turn(void)
{
    for (uint64_t until = lw_now() + PATIENCE; lw_now() < until; lw_system0(SYS_sched_yield)) {
        uint32_t holder = __atomic_load_n(&turn, __ATOMIC_RELAXED);
        if (holder != lw_pid &&
            __atomic_compare_exchange_n(&turn, &holder, lw_pid, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

static void pass_turn(void)
{
    __atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
}

/* Reads the module of this address, unless another thread has done so meanwhile. */
static void read_module_of(void *wanted)
{
    uint64_t address = *(const uint64_t *)wanted;
    struct lw_found found = {.address = address};
    if (take_turn()) {
        lw_thread.busy = 1;
        if (!module_at(address) && lw_module_find(&found))
            read_module(&found);
        lw_thread.busy = 0;
        pass_turn();
    }
}

static bool can_read(void)
{
    return free_place() && !lw_strict && lw_now() >= __atomic_load_n(&pause_until, __ATOMIC_RELAXED);
}

/* ---- Gone ---- */

/* Is what is known of the module at this address true? */
static bool is_confirmed(uint64_t address)
{
    const struct module *module = module_at(address);
    if (!module || lw_strict)
        return module != NULL;
    bool there = is_still_there(module, true);
    return there && module_at(address) == module; /* else what was compared may have been another one meanwhile */
}

static void forget_what_is_gone(void)
{
    uint64_t signals;
    lw_block_signals(&signals);
    if (take_turn()) {
        for (struct module *module = modules; module < modules + module_count; module++) {
            uint64_t start = module->start;
            if (!start || is_still_there(module, false))
                continue;
            __atomic_store_n(&module->start, 0, __ATOMIC_RELEASE);
            lw_functions_remove(lw_functions_known, start, module->end);
        }
        pass_turn();
    }
    lw_restore_signals(&signals);
}

/* ---- Which function is it? ---- */

/* The number of a function that is not known; 0: it is not selected, or that cannot be told now. */
static uint32_t look_up(uint64_t address)
{
    if (!module_at(address) && can_read())
        lw_aside(read_module_of, &address);
    if (!module_at(address))
        return 0;
    lw_function_add(lw_functions_known, address, 0);
    uint32_t number = lw_function_find(lw_functions_known, address);
    return number == LW_FUNCTION_UNKNOWN ? 0 : number;
}

/* A dlclose has an end some time after another plugin may have taken the place of what was closed. The module is looked at
 * before the function: where it is the right one, so is what is known of its functions. */
static uint32_t number_of(uint64_t address)
{
    bool closing = __atomic_load_n(&lw_functions_work, __ATOMIC_ACQUIRE) >= LW_FUNCTIONS_CLOSING;
    if (closing && !is_confirmed(address)) {
        forget_what_is_gone();
        return look_up(address);
    }
    uint32_t number = lw_function_find(lw_functions_known, address);
    return number == LW_FUNCTION_UNKNOWN ? look_up(address) : number;
}

/* ---- Entered and left ---- */

/* The name's number in the ledger, which begins with the first of them; 0: there is none. */
static uint32_t name_now(uint32_t number, const void *frame)
{
    uint32_t name = lw_selection_known_name(number);
    if (name)
        return name;
    struct lw_mark mark;
    struct lw_thread *thread = lw_scopes_enter(&mark, frame, true);
    if (!thread)
        return 0;
    name = lw_selection_name(number);
    lw_scopes_leave(thread, &mark);
    return name;
}

/* Where it was inlined, it is entered from inside another function. */
static bool is_at_its_place(uint64_t address, uint32_t number, const void *frame)
{
    return LW_CALLER_PC(frame) - address < lw_selection_size(number);
}

void lw_function_entered(uint64_t address, const void *frame)
{
    int error = errno;
    if (lw_awake()) {
        uint32_t number = number_of(address);
        uint32_t name = number ? name_now(number, frame) : 0;
        if (name)
            lw_scope_function_enter(name, is_at_its_place(address, number, frame), frame);
    }
    errno = error;
}

/* What was not known when it was entered has begun nothing. */
void lw_function_left(uint64_t address, const void *frame)
{
    int error = errno;
    if (lw_awake()) {
        uint32_t number = lw_function_find(lw_functions_known, address);
        uint32_t name = number && number != LW_FUNCTION_UNKNOWN ? lw_selection_known_name(number) : 0;
        if (name)
            lw_scope_function_leave(name, frame);
    }
    errno = error;
}

uint32_t lw_function_number(const char *text, size_t length)
{
    uint32_t number = 0;
    if (take_turn()) {
        number = lw_selection_number_of(text, length);
        pass_turn();
    }
    return number;
}

/* ---- Start, dlclose, exit ---- */

static bool start_selecting(void)
{
    size_t size = LW_FUNCTION_CACHE_WORDS * sizeof(uint64_t);
    if (!lw_options.scopes[0] || !lw_selection_start(lw_options.scopes))
        return false;
    long at = lw_syscall6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lw_is_error(at))
        return false;
    lw_functions_known = (uint64_t *)at;
    return true;
}

/* The C library's own do nothing. */
static bool is_wanted_elsewhere(uint32_t hook)
{
    uint64_t real = (uint64_t)lw_real_table[hook];
    return real && real != (uint64_t)lw_refusal(hook) && !lw_in_libc(real);
}

LW_START_CODE void lw_functions_start(void)
{
    static LW_START_DATA uint32_t started;
    if (__atomic_exchange_n(&started, 1, __ATOMIC_ACQ_REL))
        return;
    uint32_t work = start_selecting() ? LW_FUNCTIONS_SELECT : 0;
    if (is_wanted_elsewhere(LW_HOOK___cyg_profile_func_enter) || is_wanted_elsewhere(LW_HOOK___cyg_profile_func_exit))
        work |= LW_FUNCTIONS_FORWARD;
    if (work & LW_FUNCTIONS_SELECT)
        lw_python_functions_start();
    first_pid = lw_pid;
    __atomic_store_n(&lw_functions_work, work, __ATOMIC_RELEASE);
    uint64_t span = getauxval(AT_ENTRY);
    if (work & LW_FUNCTIONS_SELECT && lw_options.strict) /* later there may be no system calls */
        read_module_of(&span);
}

bool lw_functions_unloading(void)
{
    if (!(lw_functions_work & LW_FUNCTIONS_SELECT) || !module_count || !lw_awake() || lw_strict)
        return false;
    __atomic_fetch_add(&lw_functions_work, LW_FUNCTIONS_CLOSING, __ATOMIC_ACQ_REL);
    return true;
}

void lw_functions_unloaded(void)
{
    forget_what_is_gone();
    __atomic_fetch_sub(&lw_functions_work, LW_FUNCTIONS_CLOSING, __ATOMIC_ACQ_REL);
}

LW_START_CODE void lw_functions_exiting(void)
{
    if ((!module_count && !lw_python_functions_are_scopes()) || *lw_owner != LW_OURS || lw_pid != first_pid)
        return;
    bool is_short = lw_python_functions_gave_way();
    if (is_short && !lw_options.quiet)
        lw_say("scopes= selects no function of Python from where on the program profiles itself", NULL);
    if ((lw_selection_complain(unread, !lw_options.quiet) || is_short) && lw_keeping())
        __atomic_fetch_or(&lw_header()->troubles, LW_TROUBLE_FUNCTIONS, __ATOMIC_RELAXED);
}
