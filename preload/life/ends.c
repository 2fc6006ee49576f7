/* The ends of a process: what is written at each, and what of the ledger stays.
 *
 * A process that ends clean removes its ledger. What it says on stderr, it says in one line, and only to the stderr that
 * it was born with. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/account.h"
#include "function/function.h"
#include "ledger/ledger.h"
#include "life.h"
#include "lock/lock.h"
#include "process/process.h"
#include "real/real.h"
#include "scope/scope.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake/wake.h"

/* ---- What is left ---- */

enum { CHILDREN_PILE_UP = 8 };

struct remains {
    uint32_t fds, streams, directories, children, threads;
    uint32_t objects; /* and threads that still run: worth a note only */
    uint32_t untracked;
    bool news; /* about scopes */
    bool locks;
    struct lw_lock_remains lock;
};

static bool is_awaited(uint32_t site)
{
    uint32_t releases =
        lw_site_released(site) ? __atomic_load_n(&lw_header()->tables[LW_RELEASES].count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 1; i < releases; i++) {
        const struct lw_release *release = lw_element(LW_RELEASES, i);
        if (release && release->call && release->site == site && !(release->flags & LW_RELEASED_POLLED))
            return true;
    }
    return false;
}

/* Whether a child that was left has ended already is a race: what tells is whether its place waits for others until they
 * end, or leaves many. */
static bool is_child_missed(const struct lw_slot *slot)
{
    return lw_site_held(slot->site) >= CHILDREN_PILE_UP || is_awaited(slot->site);
}

static void count_kind(struct remains *remains, const struct lw_slot *slot)
{
    if (slot->kind == LW_STREAM_CHILD) {
        remains->children++;
        return;
    }
    switch (lw_class(slot->kind)) {
    case LW_CLASS_STREAM:
        remains->streams++;
        break;
    case LW_CLASS_DIR:
        remains->directories++;
        break;
    case LW_CLASS_CHILD:
        remains->children += is_child_missed(slot);
        break;
    case LW_CLASS_THREAD:
        remains->threads++;
        break;
    case LW_CLASS_LOCK:
        remains->objects++;
        break;
    default:
        remains->fds++;
    }
}

static void let_go(struct lw_slot *slot, uint64_t word)
{
    slot->flags |= LW_IMPLICIT;
    lw_change(slot, word, lw_in_state(word, LW_FREE));
}

/* Threads that could not tell of their ends may have ended long ago. */
static void look_at_detached(struct lw_slot *slot, unsigned number, void *context)
{
    struct remains *remains = context;
    uint64_t word = lw_word(slot);
    (void)number;
    if (slot->kind != LW_THREAD || !(slot->flags & LW_DETACHED) || !lw_is_held(word))
        return;
    if (!lw_key_tells())
        let_go(slot, word);
    else if (lw_header()->end == LW_EXIT)
        remains->objects++;
}

static void count_held(struct lw_slot *slot, unsigned number, void *context)
{
    struct remains *remains = context;
    (void)number;
    if (!lw_is_held(lw_word(slot)) || !lw_is_due(slot) || slot->flags & LW_EXPECTED)
        return;
    if (slot->flags & LW_UNTRACKED)
        remains->untracked++;
    else
        count_kind(remains, slot);
}

/* A forked child that runs on, and runs the same program: it carries on with what it got. One that cannot be waited for any
 * more has been: by ways that no hook sees, or by the kernel itself where SIGCHLD is ignored. */
static void look_at_child(struct lw_slot *slot, unsigned number, void *unused)
{
    (void)number;
    (void)unused;
    char link[32] = "/proc/", exe[LW_TEXT];
    uint64_t word = lw_word(slot);
    if (slot->kind != LW_CHILD || !lw_is_held(word) || lw_strict)
        return;
    if (lw_syscall6(SYS_waitid, P_PID, (long)slot->handle, 0, WEXITED | WNOHANG | WNOWAIT | __WALL, 0, 0) == -ECHILD) {
        let_go(slot, word);
        return;
    }
    stpcpy(lw_append_number(link + strlen(link), slot->handle), "/exe");
    long length = lw_system4(SYS_readlinkat, AT_FDCWD, link, exe, sizeof exe - 1);
    if (length > 0 && (size_t)length == strlen(lw_header()->exe) && memcmp(exe, lw_header()->exe, (size_t)length) == 0)
        slot->flags |= LW_CARRIES_ON;
}

/* What was there when the ledger began cannot have been opened after the inventory, by another thread: it is not asked. */
static bool is_closed(const struct lw_slot *slot, unsigned number)
{
    if (lw_inventory_saw(number))
        return false;
    return (slot->flags & LW_INHERITED && lw_inventory_missed(number)) ||
           lw_system3(SYS_fcntl, number, F_GETFD, 0) == -EBADF;
}

/* What is not open any more was released by a road that no hook sees. */
static void let_go_of_closed(struct lw_slot *slot, unsigned number, void *unused)
{
    (void)unused;
    uint64_t word = lw_word(slot);
    if (lw_is_held(word) && lw_class(slot->kind) == LW_CLASS_FD && is_closed(slot, number))
        let_go(slot, word);
}

static struct remains take_stock(void)
{
    struct remains remains = {0};
    lw_fd_slots(&lw_map, 0, LW_FD_MAX, let_go_of_closed, NULL);
    lw_handle_slots(look_at_child, NULL);
    lw_fd_slots(&lw_map, 0, LW_FD_MAX, count_held, &remains);
    lw_handle_slots(count_held, &remains);
    lw_handle_slots(look_at_detached, &remains);
    remains.news = lw_scopes_have_news();
    return remains;
}

static bool ran_out(void)
{
    const struct lw_exhaustion *exhaustion = lw_at(&lw_map, lw_header()->exhaustion, sizeof *exhaustion);
    return exhaustion && exhaustion->state;
}

static bool nothing_to_report(const struct remains *remains)
{
    const struct lw_header *header = lw_header();
    return !remains->news && !remains->locks && !remains->fds && !remains->streams && !remains->directories &&
           !remains->children && !remains->threads && !remains->objects && !remains->untracked && !header->lost &&
           header->tables[LW_FAILURES].count <= 1 && header->tables[LW_MISUSES].count <= 1 &&
           header->tables[LW_CROSSINGS].count <= 1 && !ran_out();
}

/* ---- The line on stderr ---- */

static bool has_carriers_name(const char *exe)
{
    static const char carriers[][16] = {LW_CARRIERS};
    const char *slash = strrchr(exe, '/'), *name = slash ? slash + 1 : exe;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++)
        if (strcmp(name, carriers[i]) == 0)
            return true;
    return false;
}

/* A program that somebody has built, and called by such a name, is of interest to them. */
static bool is_carrier(const char *exe)
{
    static const char places[][8] = {"/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/nix/", "/gnu/", "/snap/"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strncmp(exe, places[i], strlen(places[i])) == 0)
            return has_carriers_name(exe);
    return false;
}

static char *piece(char *at, uint32_t count, const char *one, const char *many, const char **separator)
{
    if (!count)
        return at;
    at = lw_append_number(stpcpy(at, *separator), count);
    *separator = ", ";
    return stpcpy(stpcpy(at, " "), count == 1 ? one : many);
}

static void say_what_is_left(const struct remains *remains)
{
    char what[256], *at = what;
    const char *separator = " never gave back ";
    at = piece(at, remains->fds, "descriptor", "descriptors", &separator);
    at = piece(at, remains->streams, "stream", "streams", &separator);
    at = piece(at, remains->directories, "directory", "directories", &separator);
    at = piece(at, remains->children, "child", "children", &separator);
    at = piece(at, remains->threads, "thread", "threads", &separator);
    separator = what == at ? " never released " : ", never released ";
    at = piece(at, remains->lock.mutexes, "mutex", "mutexes", &separator);
    at = piece(at, remains->lock.others, "lock", "locks", &separator);
    separator = what == at ? " misused locks at " : ", misused locks at ";
    at = piece(at, remains->lock.misused, "place", "places", &separator);
    *at = 0;
    const char *full = !ran_out() ? "" : what[0] ? " and ran out of descriptors" : " ran out of descriptors";
    static char path[2 * LW_PATH_ROOM]; /* static: the thread that calls exit may have 16 KiB of stack */
    lw_quote(path, sizeof path, lw_map.path ? lw_map.path : "");
    if (lw_header()->lost)
        lw_say("the ledger could not grow: some resources are not counted", NULL);
    char pid[32] = "[";
    stpcpy(lw_append_number(pid + 1, lw_header()->pid), "]");
    if (!what[0] && !*full && remains->news)
        stpcpy(what, " had scopes that ended with something held, or did not end as they began");
    const char *see =
        has_carriers_name(lw_header()->exe) ? "; see: leakwatch report --skip-exe '' " : "; see: leakwatch report ";
    if (what[0] || *full)
        lw_say(program_invocation_short_name, pid, what, full, lw_map.is_file ? see : "", lw_map.is_file ? path : "",
               NULL);
}

/* Where nothing may be asked: what the books say, without children, which may still be at work. */
static void say_what_was_kept(void)
{
    struct remains remains = {0};
    lw_fd_slots(&lw_map, 0, LW_FD_MAX, count_held, &remains);
    lw_handle_slots(count_held, &remains);
    remains.children = 0;
    say_what_is_left(&remains);
}

/* ---- The ends ---- */

/* Who may not write where root may. */
static bool becomes_other_user(enum lw_end how)
{
    return how == LW_EXEC && lw_header()->uid == 0 && !lw_strict && lw_system0(SYS_geteuid) != 0;
}

static void write_end(enum lw_end how, int status)
{
    struct lw_header *header = lw_header();
    if (becomes_other_user(how))
        __atomic_fetch_or(&header->troubles, LW_TROUBLE_OTHER_USER, __ATOMIC_RELAXED);
    header->end_status = status;
    header->end_time = lw_now();
    lw_note_clock();
    __atomic_store_n(&header->end, (uint32_t)how, __ATOMIC_RELEASE);
}

static void remove_ledger(void)
{
    lw_locks_stop();
    lw_map_remove(&lw_map);
    __atomic_store_n(&lw_phase, LW_PHASE_OFF, __ATOMIC_RELEASE);
}

/* (The limit is looked at where somebody will read of it.) */
static void end_of_image(enum lw_end how, int status)
{
    if (how == LW_EXIT || how == LW_QUICK_EXIT || how == LW_LET_GO)
        lw_inventory(LW_UNTRACKED, 0);
    if (how == LW_EXIT)
        lw_scopes_exiting();
    uint64_t now = lw_now();
    write_end(how, status);
    lw_count_heir(-1);
    struct remains remains = take_stock();
    bool carrier = is_carrier(lw_header()->exe);
    lw_looks_over();
    remains.locks = lw_boards_settle(lw_thread_id(&lw_thread));
    if (!lw_options.keep_all && !lw_header()->heirs && (nothing_to_report(&remains) || carrier)) {
        remove_ledger();
        return;
    }
    lw_limit_look(lw_thread_id(&lw_thread), now);
    remains.lock = lw_lock_remains();
    lw_lanes_settle(lw_thread_id(&lw_thread));
    if (!lw_options.passing)
        lw_map_cut(&lw_map);
    if (how == LW_EXIT && !lw_options.quiet && !carrier)
        say_what_is_left(&remains);
}

/* May the next image remove this one's ledger? This one cannot: the exec may fail. What exec closes by itself it was meant to
 * close; what crosses it has been noted by now. */
static bool leaves_nothing(void)
{
    if (lw_options.keep_all || lw_strict || lw_header()->heirs)
        return false;
    const struct remains none = {.news = lw_scopes_have_news()};
    return nothing_to_report(&none) || is_carrier(lw_header()->exe);
}

static LW_START_DATA bool was_cut; /* by an exec that is under way */

static void end_by_exec(int status)
{
    write_end(LW_EXEC, status);
    if (leaves_nothing())
        lw_link_offer();
    if (!lw_options.keep_all) /* who keeps all sees to their sizes, too */
        was_cut = lw_map_cut(&lw_map);
}

struct ending {
    enum lw_end how;
    int status;
};

static void end(void *context)
{
    const struct ending *ending = context;
    lw_thread.busy = 1;
    if (ending->how == LW_EXEC)
        end_by_exec(ending->status);
    else
        end_of_image(ending->how, ending->status);
    lw_thread.busy = 0;
}

LW_START_CODE void lw_end(enum lw_end how, int status)
{
    if (how == LW_EXEC)
        lw_child_executes();
    else if (how != LW_ABORT)
        lw_child_ends();
    if (lw_phase == LW_PHASE_READY && *lw_owner == LW_OURS)
        lw_roll_end(how, status);
    if (!lw_keeping() || *lw_owner != LW_OURS || lw_thread.busy)
        return;
    if (lw_strict || how == LW_ABORT) {
        write_end(how, status);
        if (lw_careful && how == LW_EXIT && !lw_options.quiet)
            say_what_was_kept();
        return;
    }
    if (how == LW_EXIT)
        lw_locks_inside(LW_FRAME);
    lw_aside(end, &(struct ending){how, status});
}

void lw_end_undone(void)
{
    if (!lw_keeping())
        return;
    write_end(LW_RUNNING, 0);
    lw_link_withdraw();
    if (was_cut && !lw_strict)
        lw_map_restore(&lw_map);
    was_cut = false;
}

/* The exit status is the program's, unless its user has asked for another one where a write was lost. */
static LW_START_CODE void at_exit(int status, void *unused)
{
    (void)unused;
    lw_functions_exiting();
    bool lost = lw_flush_at_exit(status), replaced = lost && status == 0 && lw_options.lost_write_exit != 0;
    lw_end(LW_EXIT, replaced ? (int)lw_options.lost_write_exit : status);
    if (replaced) {
        LW_REAL(fflush)(NULL); /* what the C library would have done next */
        lw_system1(SYS_exit_group, lw_options.lost_write_exit);
    }
}

int lw_quick_status;

static void last_of_quick_exit(void *unused)
{
    (void)unused;
    lw_end(LW_QUICK_EXIT, lw_quick_status);
}

/* What at_quick_exit makes of a call, which stands alone at the end of all code. */
int __cxa_at_quick_exit(void (*handler)(void *), void *object);
extern const char __dso_handle __attribute__((visibility("hidden")));

/* Of a process that had registered its own before ours: those run behind it, and give back what they have. */
static LW_START_DATA bool late_exit;
static int late_status;

static void late_at_exit(int status, void *unused)
{
    (void)unused;
    late_status = status;
    late_exit = true;
}

__attribute__((destructor)) static void end_late(void)
{
    if (late_exit && lw_phase != LW_PHASE_OFF)
        at_exit(late_status, NULL);
}

/* Handlers run in the reverse of the order in which they were registered: the first one is the last. */
LW_START_CODE void lw_ends_start(void)
{
    on_exit(lw_late ? late_at_exit : at_exit, NULL);
    (void)__cxa_at_quick_exit(last_of_quick_exit, (void *)(uintptr_t)&__dso_handle);
}

static void pass_on(struct lw_slot *slot, unsigned number, void *unused)
{
    (void)number;
    (void)unused;
    uint64_t word = lw_word(slot);
    if (lw_is_held(word))
        let_go(slot, word);
}

/* daemon() has returned in the child: the parent left by an _exit that nobody could hook, and its child carries on with
 * what it held. The child has no ledger of its own yet, so what is mapped is still the parent's. Where that one had none
 * of its own either, it is an ancestor's, who may well live on. */
void lw_parent_passed_on(bool had_books)
{
    if (!had_books || !lw_parent.base || lw_map.base != lw_parent.base)
        return;
    lw_fd_slots(&lw_map, 0, LW_FD_MAX, pass_on, NULL);
    lw_handle_slots(pass_on, NULL);
    write_end(LW_QUICK_EXIT, 0);
}
