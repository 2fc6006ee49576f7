/* How much of the program's stack a hooked call takes beyond the call itself: at most a KiB, whatever it does. Each call is
 * made on a stack that is painted before, through the hook and, found in the C library, without it.
 *
 * expect: fd-leak count=40 call=open function=grow line=grow
 * expect: double-close count=401 function=close_twice
 * expect: invalid-release count=401
 */
#include "program.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <ucontext.h>

enum { STACK = 64 * 1024, PAINT = 0xa5, ALLOWED = 1024, KEPT = 40 };

static char stack[STACK] __attribute__((aligned(16)));
static ucontext_t here, there;

/* The functions, as the program calls them or as the C library has them. */
static struct functions {
    int (*open)(const char *, int, ...);
    int (*close)(int);
    int (*dup)(int);
    int (*dup2)(int, int);
    int (*pipe)(int *);
    int (*socket)(int, int, int);
    FILE *(*fopen)(const char *, const char *);
    int (*fclose)(FILE *);
    int (*execv)(const char *, char *const *);
    int (*fcntl)(int, int, ...);
} hooked = {open, close, dup, dup2, pipe, socket, fopen, fclose, execv, fcntl}, native;

static const struct functions *call;
static unsigned path;

/* ---- What is called ---- */

static void use_file(void)
{
    call->close(must(call->open("/dev/null", O_RDONLY), "open"));
}
static void fail_to_open(void)
{
    if (call->open("/no/such/file", O_RDONLY) >= 0)
        exit(99);
}
static void close_nothing(void)
{
    if (call->close(-1) == 0 || call->close(1000) == 0)
        exit(99);
}
static void close_twice(void)
{
    int number = must(call->dup(0), "dup");
    call->close(number);
    call->close(number);
}
static void replace(void)
{
    int number = must(call->open("/dev/null", O_RDONLY), "open");
    must(call->dup2(0, number), "dup2");
    must(call->close(must(call->fcntl(number, F_DUPFD, 0), "fcntl")), "close");
    must(call->close(number), "close");
}
static void use_pipe(void)
{
    int ends[2];
    must(call->pipe(ends), "pipe");
    call->close(ends[0]);
    call->close(ends[1]);
}
static void use_socket(void)
{
    call->close(must(call->socket(AF_UNIX, SOCK_STREAM, 0), "socket"));
}
static void use_stream(void)
{
    call->fclose(must_have(call->fopen("/dev/null", "r"), "fopen"));
}
static void fail_to_execute(void)
{
    char *const arguments[] = {(char *)"nothing", NULL};
    if (call->execv("/no/such/program", arguments) == 0)
        exit(99);
}
/* New sites, slots, stacks: the ledger grows. */
__attribute__((noinline)) static void grow(void)
{
    static int kept;
    int number = must(call->open("/dev/null", O_RDONLY), "open"); /* leak:grow */
    if (call == &native || kept++ >= KEPT)
        native.close(number);
}

static const struct piece {
    const char *name;
    void (*call)(void);
} pieces[] = {
    {"open and close", use_file},    {"open that fails", fail_to_open}, {"close of nothing", close_nothing},
    {"close twice", close_twice},    {"dup2 and fcntl", replace},       {"pipe", use_pipe},
    {"socket", use_socket},          {"fopen and fclose", use_stream},  {"execv that fails", fail_to_execute},
    {"open of more and more", grow},
};

/* ---- How deep ---- */

static void (*deed)(void);

/* By every bit of `path` another call: the stacks are new where the path is. */
__attribute__((noinline)) static void descend(unsigned levels)
{
    if (levels == 0)
        deed();
    else if (path >> levels & 1) {
        descend(levels - 1);
        __asm__ volatile("nop" : : : "memory"); /* so that the two calls stay two */
    } else
        descend(levels - 1);
    __asm__ volatile("" : : : "memory");
}

static void run(void)
{
    descend(8);
}

static size_t bytes_used(void)
{
    memset(stack, PAINT, sizeof stack);
    must(getcontext(&there), "getcontext");
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, run, 0);
    must(swapcontext(&here, &there), "swapcontext");
    size_t free = 0;
    while (free < sizeof stack && stack[free] == (char)PAINT)
        free++;
    return sizeof stack - free;
}

static size_t most_of(const struct piece *which, const struct functions *functions, unsigned paths)
{
    size_t most = 0;
    deed = which->call;
    call = functions;
    for (path = 0; path < 2 * paths; path += 2) {
        size_t used = bytes_used();
        most = used > most ? used : most;
    }
    return most;
}

static void find_native(void)
{
    void *library = must_have(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD), "dlopen");
    static const char names[][8] = {"open",   "close", "dup",    "dup2",  "pipe",
                                    "socket", "fopen", "fclose", "execv", "fcntl"};
    void *found[sizeof names / sizeof names[0]];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        found[i] = must_have(dlsym(library, names[i]), names[i]);
    memcpy(&native, found, sizeof native);
}

/* The first of all is the first that the process makes: it begins the ledger. Then each on 200 new stacks, and on the same
 * again. */
int main(void)
{
    find_native();
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t first = most_of(&pieces[i], &hooked, 1), often = most_of(&pieces[i], &hooked, 200);
        size_t again = most_of(&pieces[i], &hooked, 200), without = most_of(&pieces[i], &native, 1);
        size_t most = first > often ? first : often;
        most = again > most ? again : most;
        if (getenv("STACK_NEED"))
            fprintf(stderr, "%-24s %5zu first, %5zu often, %5zu again, %5zu without\n", pieces[i].name, first, often,
                    again, without);
        if (most > without + ALLOWED)
            printf("%s takes %zu bytes of stack more than it does by itself\n", pieces[i].name, most - without);
    }
    puts("measured");
    return 0;
}
