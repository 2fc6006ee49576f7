/* Calls every hooked function that takes an address, and every system call that leakwatch looks at, with addresses at which
 * there is nothing, or too little, one after the other at each place, and prints what came of it. Each call is made in a
 * child of its own, which may end in it. tests/cli/test_any_address.py compares what is said with and without leakwatch.
 *
 *     connect 2 unreadable: -1 Bad address
 */
#include "any_address.h"

#include <dlfcn.h>
#include <dirent.h>
#include <fts.h>
#include <mntent.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "real/table.h"
#include "hooks/syscall_table.h"

char buffer[4096] __attribute__((aligned(64))), path[64], name[64];
char *words[4], *bad_words[4];
void *some_stream, *some_child_stream, *some_memory_stream, *some_mounts, *some_directory, *some_tree;

static const char *const hook_names[] = {
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) #symbol,
#include "hooks.def"
#undef LW_HOOK
};

/* Some are found by their version alone, unless leakwatch has one in front of them. */
static const char *const hook_versions[] = {
#if defined(__x86_64__)
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) "GLIBC_" x86_64,
#else
#define LW_HOOK(symbol, x86_64, aarch64, kind, role) "GLIBC_" aarch64,
#endif
#include "hooks.def"
#undef LW_HOOK
};

static void *find(int hook)
{
    void *found = dlsym(RTLD_DEFAULT, hook_names[hook]);
    return found ? found : dlvsym(RTLD_DEFAULT, hook_names[hook], hook_versions[hook]);
}

static const struct place {
    const char *name;
    const char *address;
} places[] = {
    {"nowhere", NULL},
    {"low", (const char *)8},
    {"unreadable", UNREADABLE},
    {"last byte", UNREADABLE - 1},
    {"last four", UNREADABLE - 4},
    {"only read", ONLY_READ},
    {"high", (const char *)-1},
};

/* ---- What each call finds ---- */

static void at_number(int fd, int number)
{
    must(dup2(must(fd, "descriptor"), number), "dup2");
    close(fd);
}

static void make_connections(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int ends[2];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at_number(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), SOME_SOCKET);
    at_number(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), SOME_LISTENER);
    must(bind(SOME_LISTENER, (struct sockaddr *)&address, length), "bind");
    must(listen(SOME_LISTENER, 1), "listen");
    must(getsockname(SOME_LISTENER, (struct sockaddr *)&address, &length), "getsockname");
    must(connect(must(socket(AF_INET, SOCK_STREAM, 0), "socket"), (struct sockaddr *)&address, length), "connect");
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
    must((int)write(ends[1], "hello", 5), "write");
    at_number(ends[0], SOME_PAIR);
}

static void prepare(void)
{
    char *list[] = {path, NULL};
    memset(buffer, 0, sizeof buffer);
    strcpy(path, "some.txt");
    strcpy(name, "temporaryXXXXXX");
    words[0] = path;
    bad_words[0] = UNREADABLE;
    at_number(open(path, O_RDWR | O_CREAT, 0600), SOME_FILE);
    at_number(open("/dev/ptmx", O_RDWR | O_NOCTTY), SOME_TERMINAL);
    make_connections();
    some_stream = must_have(fopen(path, "r+"), "fopen");
    some_child_stream = must_have(popen("true", "r"), "popen");
    some_memory_stream = must_have(fmemopen(NULL, 64, "w"), "fmemopen");
    some_mounts = must_have(setmntent(path, "r"), "setmntent");
    some_directory = must_have(opendir("."), "opendir");
    some_tree = must_have(fts_open(list, FTS_PHYSICAL, NULL), "fts_open");
}

/* ---- The call ---- */

static long call_with(void *function, const long *a)
{
    return ((long (*)(long, long, long, long, long, long, long))function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
}

static bool is_int(void *result)
{
    return (long)(int)(intptr_t)result == (intptr_t)result;
}

/* Numbers of processes differ from run to run, addresses too. */
static void tell(const char *what, int position, const char *place, long result, int error, bool process)
{
    char line[256];
    int length;
    if (result == -1 || (int)result == -1)
        length = snprintf(line, sizeof line, "%s %d %s: -1 %s\n", what, position, place, strerror(error));
    else if (process || !is_int((void *)result) || (uint32_t)result > 100000)
        length = snprintf(line, sizeof line, "%s %d %s: %s\n", what, position, place, result ? "something" : "nothing");
    else
        length = snprintf(line, sizeof line, "%s %d %s: %d\n", what, position, place, (int)result);
    syscall(SYS_write, STDOUT_FILENO, line, (size_t)length);
}

struct attempt {
    const char *name;
    void *function;
    const struct row *row;
    bool by_number, makes_process, says_nothing;
};

/* A call that waits is ended after a time, and one that turns in a circle after much less of a processor, which other
 * programs cannot take from it. */
static void limit_time(void)
{
    const struct itimerval half_a_second = {.it_value = {.tv_usec = 500000}};
    alarm(20);
    must(setitimer(ITIMER_VIRTUAL, &half_a_second, NULL), "setitimer");
}

/* In a child: its own child says nothing, and neither does what it executes. */
static void perform(const struct attempt *attempt, int position, const struct place *place)
{
    long arguments[ARGUMENTS + 1] = {attempt->row->number};
    long *first = arguments + attempt->by_number;
    limit_time();
    prepare();
    for (int i = 0; i < ARGUMENTS; i++) {
        const struct argument *argument = &attempt->row->argument[i];
        const void *value = argument->how == FOUND ? *(void *const *)argument->value : argument->value;
        first[i] = (long)(i == position ? place->address : value);
    }
    pid_t me = getpid();
    errno = 0;
    long result = call_with(attempt->function, arguments);
    int error = errno;
    if (attempt->says_nothing)
        result = 0;
    if (getpid() == me)
        tell(attempt->name, position + 1, place->name, result, error, attempt->makes_process);
    syscall(SYS_exit_group, 0);
}

static void try_at(const struct attempt *attempt, int position, const struct place *place)
{
    fflush(stdout);
    pid_t child = must(fork(), "fork");
    if (child == 0)
        perform(attempt, position, place);
    int status = 0;
    must(waitpid(child, &status, 0), "waitpid");
    if (WIFSIGNALED(status))
        printf("%s %d %s: %s\n", attempt->name, position + 1, place->name, strsignal(WTERMSIG(status)));
}

static void try_all(const struct attempt *attempt)
{
    for (int i = 0; i < ARGUMENTS; i++)
        for (size_t k = 0; attempt->row->argument[i].how != NUMBER && k < COUNT(places); k++)
            try_at(attempt, i, &places[k]);
}

/* ---- Every function, every number ---- */

static bool try_number(const struct table *table, struct attempt *attempt, int number)
{
    bool found = false;
    for (attempt->row = table->rows; attempt->row < table->rows + table->count; attempt->row++)
        if (attempt->row->number == number) {
            try_all(attempt);
            found = true;
        }
    return found;
}

static int try_functions(void)
{
    int missing = 0;
    for (int i = 0; i < (int)COUNT(hook_names); i++) {
        struct attempt attempt = {.name = hook_names[i], .function = find(i)};
        attempt.makes_process = i == LW_HOOK_posix_spawn || i == LW_HOOK_forkpty || i >= LW_HOOK_wait;
        attempt.says_nothing = i == LW_HOOK___cyg_profile_func_enter || i == LW_HOOK___cyg_profile_func_exit;
        if (!try_number(&function_rows, &attempt, i)) {
            fprintf(stderr, "%s: nothing is said of its addresses\n", hook_names[i]);
            missing++;
        }
    }
    return missing;
}

static int try_numbers(void)
{
    int missing = 0;
    for (int i = 0; i < 600; i++) {
        char label[32];
        enum lw_effect effect = (enum lw_effect)lw_syscall_row(i)->effect;
        snprintf(label, sizeof label, "syscall %d", i);
        struct attempt attempt = {.name = label, .function = dlsym(RTLD_DEFAULT, "syscall"), .by_number = true};
        attempt.makes_process = effect == LW_FORKS || effect == LW_WAITS;
        if (effect != LW_NOTHING && !try_number(&number_rows, &attempt, i)) {
            fprintf(stderr, "%s: nothing is said of its addresses\n", label);
            missing++;
        }
    }
    return missing;
}

static void map_at(char *place, size_t size, int access)
{
    if (mmap(place, size, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != place)
        must(-1, "mmap");
}

int main(void)
{
    const struct rlimit none = {0, 0};
    must(setrlimit(RLIMIT_CORE, &none), "setrlimit");
    map_at(LAST_PAGE, 4096, PROT_READ | PROT_WRITE);
    map_at(UNREADABLE, 4096, PROT_NONE);
    map_at(ONLY_READ, 4096, PROT_READ);
    memset(LAST_PAGE, 'x', 4096);
    return try_functions() + try_numbers() ? 1 : 0;
}
