/* Calls every function that leakwatch hooks, once each, found by name as a program's own calls would be, and prints what
 * the ledger must show of each: tests/cli/test_every_hook.py compares.
 *
 *     call open kind=1 acquired=1 failed=0 released=0
 *     ledger 4711 shows end=2
 */
#include "every_hook.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "leakwatch/ledger.h"

static const struct row {
    const char *symbol;
    int kind;
} rows[HOOKS] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) {#symbol, kind},
#include "../../../preload/hooks.def"
#undef LW_HOOK
};

enum hook now;
static struct {
    int kind, acquired, failed, released;
} outcomes[HOOKS];
static pid_t child;

int took(int fd)
{
    if (fd < 0)
        outcomes[now].failed++;
    else
        outcomes[now].acquired++;
    return fd;
}

void *took_handle(void *handle)
{
    took(handle ? 0 : -1);
    return handle;
}

void is_of_kind(int kind)
{
    outcomes[now].kind = kind;
}

void also_acquired(enum hook hook, int count)
{
    outcomes[hook].acquired += count;
}

void also_released(enum hook hook, int count)
{
    outcomes[hook].released += count;
}

void released(int count)
{
    outcomes[now].released += count;
}

int some_file(void)
{
    also_acquired(HOOK_open, 1);
    return must(open("some.txt", O_RDWR | O_CREAT, 0600), "open");
}

void put_away(int fd)
{
    if (fd < 0)
        return;
    must(close(fd), "close");
    also_released(HOOK_close, 1);
}

pid_t some_fork(void)
{
    fflush(stdout);
    pid_t pid = must(fork(), "fork");
    if (pid > 0)
        also_acquired(HOOK_fork, 1);
    return pid;
}

void wait_for(pid_t known)
{
    end_of(known);
    also_released(HOOK_waitpid, 1);
}

bool in_child(enum lw_end end)
{
    child = some_fork();
    if (child == 0)
        return true;
    wait_for(child);
    printf("ledger %d shows  end=%d \n", (int)child, end);
    return false;
}

void child_shows(const char *words)
{
    printf("ledger %d shows %s\n", (int)child, words);
}

void shows(const char *words)
{
    printf("ledger %d shows %s\n", (int)getpid(), words);
}

static void perform(void)
{
    deed *const *const tables[] = {descriptor_deeds, socket_deeds, handle_deeds, life_deeds,
                                   sync_deeds,       use_deeds,    lock_deeds};
    void *function = dlsym(RTLD_DEFAULT, rows[now].symbol);
    deed *act = NULL;
    for (size_t i = 0; i < COUNT(tables); i++)
        act = act ? act : tables[i][now];
    if (act == NULL || function == NULL) {
        fprintf(stderr, "%s: %s\n", rows[now].symbol, act ? "no such function" : "nothing calls it here");
        exit(1);
    }
    act(function);
}

int main(void)
{
    const struct rlimit none = {0, 0};
    must(setrlimit(RLIMIT_CORE, &none), "setrlimit");
    for (int i = 0; i < HOOKS; i++)
        outcomes[i].kind = rows[i].kind;
    for (int i = 0; i < HOOKS; i++) {
        now = (enum hook)i;
        perform();
    }
    for (int i = 0; i < HOOKS; i++)
        printf("call %s kind=%d acquired=%d failed=%d released=%d\n", rows[i].symbol, outcomes[i].kind,
               outcomes[i].acquired, outcomes[i].failed, outcomes[i].released);
    printf("ledger %d shows  end=%d \n", (int)getpid(), LW_EXIT);
    return 0;
}
