/* A program for hard times: does its work while disks are full, limits tight and directories gone, prints what it got, and
 * ends with 7. It leaks three descriptors at least in every mode, so that there is something to write down. */
#include "../programs/program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { STATUS = 7 };

__attribute__((noinline)) static int leak(void)
{
    return open("/dev/null", O_RDONLY);
}

static int work(void)
{
    for (int i = 0; i < 50; i++)
        must(close(must(leak(), "open")), "close");
    for (int i = 0; i < 3; i++)
        printf("%d\n", leak());
    printf("%s\n", fclose(must_have(tmpfile(), "tmpfile")) == 0 ? "closed" : "not closed");
    return STATUS;
}

#define ONCE must(close(must(leak(), "open")), "close");
#define FIVE_TIMES(what) what what what what what

/* From some 250 places that open, and as many that close. */
static int work_at_many_places(const char *nothing)
{
    (void)nothing;
    FIVE_TIMES(FIVE_TIMES(FIVE_TIMES(ONCE ONCE)))
    return work();
}

static void leak_in_handler(int signal)
{
    (void)signal;
    printf("%d\n", leak());
}

/* What called the handler is not plain to see on its stack. */
static int work_in_handler(const char *nothing)
{
    (void)nothing;
    signal(SIGUSR1, leak_in_handler);
    raise(SIGUSR1);
    return work();
}

static void allow_many(rlim_t wanted)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

/* A different stack for each of the 2^12 lowest values of `path`: its bits say by which function to go on. */
static int leak_from(int path, int depth);

__attribute__((noinline)) static int go_left(int path, int depth)
{
    return leak_from(path >> 1, depth - 1);
}

__attribute__((noinline)) static int go_right(int path, int depth)
{
    return leak_from(path >> 1, depth - 1);
}

__attribute__((noinline)) static int leak_from(int path, int depth)
{
    if (depth == 0)
        return leak();
    return path & 1 ? go_left(path, depth) : go_right(path, depth);
}

/* Holds many, from thousands of stacks: the ledger has to grow, and may not be able to. */
static int hold_many(const char *count)
{
    int wanted = atoi(count), held = 0;
    allow_many((rlim_t)wanted + 100);
    while (held < wanted && leak_from(held, 12) >= 0)
        held++;
    printf("%d held\n", held);
    for (int fd = 3; fd < 3 + held; fd += 2)
        must(close(fd), "close");
    return work();
}

/* The table is full before the first call that leakwatch may want to write down. */
static int work_at_limit(const char *limit)
{
    struct rlimit few = {(rlim_t)atoi(limit), (rlim_t)atoi(limit)};
    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    for (int i = 0; i < 5; i++) {
        int fd = leak();
        printf("%d %s\n", fd, fd < 0 ? strerror(errno) : "");
    }
    return STATUS;
}

static int work_at_top(const char *nothing)
{
    (void)nothing;
    struct rlimit limit = {1 << 30, 1 << 30};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        allow_many(1 << 30);
    must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    int top = (int)(limit.rlim_cur < (1 << 30) ? limit.rlim_cur : (1 << 30)) - 1;
    int got = dup2(STDOUT_FILENO, top);
    printf("%d: %s\n", got, got < 0 ? strerror(errno) : "open");
    closefrom(1000);
    return work();
}

static pthread_barrier_t closed; /* what is leaked while others still close leaves holes: other numbers each time */

static void *open_and_close(void *nothing)
{
    for (int i = 0; i < 500; i++)
        must(close(must(leak(), "open")), "close");
    pthread_barrier_wait(&closed);
    must(leak(), "open");
    return nothing;
}

static int work_in_threads(const char *count)
{
    pthread_t threads[64];
    int number = atoi(count);
    must(-pthread_barrier_init(&closed, NULL, (unsigned)number), "pthread_barrier_init");
    for (int i = 0; i < number; i++)
        must(-pthread_create(&threads[i], NULL, open_and_close, NULL), "pthread_create");
    for (int i = 0; i < number; i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    return work();
}

/* Until it is killed, with a thread and children beside it. */
static void *loop(void *nothing)
{
    for (int i = 0;; i++) {
        int fds[3];
        for (int n = 0; n < 3; n++)
            fds[n] = leak_from(i + n, 12);
        for (int n = 0; n < 3; n++)
            close(fds[n]);
        FILE *stream = fopen("/dev/null", "r");
        if (stream != NULL)
            fclose(stream);
    }
    return nothing;
}

static int loop_until_killed(const char *nothing)
{
    pthread_t thread;
    work();
    fflush(stdout);
    must(-pthread_create(&thread, NULL, loop, NULL), "pthread_create");
    loop(NULL);
    return nothing != NULL;
}

/* Whatever is mapped from now on is locked into memory at once, all of it. Waits until it may end. */
static int work_locked(const char *nothing)
{
    char letter;
    (void)nothing;
    must(mlockall(MCL_CURRENT | MCL_FUTURE), "mlockall");
    int status = work();
    fflush(stdout);
    return read(STDIN_FILENO, &letter, 1) == 0 ? status : 98;
}

static int work_in_root(const char *directory)
{
    must(chroot(directory), "chroot");
    must(chdir("/"), "chdir");
    for (int i = 0; i < 3; i++)
        printf("%d\n", must(open("own.txt", O_RDWR | O_CREAT, 0600), "open"));
    return STATUS;
}

static int work_as_nobody(const char *nothing)
{
    (void)nothing;
    must(setgid(65534), "setgid");
    must(setuid(65534), "setuid");
    return work();
}

/* Standard error is closed, so the program's own file gets its number: it must hold the program's own bytes only. */
static int work_without_stderr(const char *path)
{
    close(STDERR_FILENO);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    work();
    return fd == STDERR_FILENO && write(fd, "mine", 4) == 4 ? STATUS : 98;
}

static int work_without_environment(const char *nothing)
{
    (void)nothing;
    clearenv();
    fflush(stdout);
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        leak();
        execl("/bin/echo", "echo", "from the child", (char *)NULL);
        _exit(98);
    }
    printf("%d\n", end_of(child));
    return work();
}

/* What the ledger of this process would be called. */
static int tell_name(const char *nothing)
{
    (void)nothing;
    char text[1024] = "";
    FILE *stat = must_have(fopen("/proc/self/stat", "r"), "fopen");
    must_have(fgets(text, sizeof text, stat), "fgets");
    must(fclose(stat), "fclose");
    char *field = strrchr(text, ')');
    for (int i = 2; i < 22 && field != NULL; i++)
        field = strchr(field + 1, ' ');
    printf("%d %lld\n", (int)getpid(), field != NULL ? atoll(field) : -1);
    leak();
    return STATUS;
}

static int just_work(const char *nothing)
{
    (void)nothing;
    return work();
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int (*run)(const char *argument);
    } modes[] = {
        {"work", just_work},
        {"handler", work_in_handler},
        {"places", work_at_many_places},
        {"many", hold_many},
        {"limit", work_at_limit},
        {"top", work_at_top},
        {"threads", work_in_threads},
        {"loop", loop_until_killed},
        {"locked", work_locked},
        {"root", work_in_root},
        {"nobody", work_as_nobody},
        {"no-stderr", work_without_stderr},
        {"no-environment", work_without_environment},
        {"name", tell_name},
    };
    for (size_t i = 0; count == 3 && i < COUNT(modes); i++)
        if (strcmp(modes[i].name, arguments[1]) == 0)
            return modes[i].run(arguments[2]);
    return 2;
}
