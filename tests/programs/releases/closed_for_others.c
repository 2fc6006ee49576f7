/* Threads that close what others hand to them, each thing once: the number was another thing's before, which the same thread
 * had closed, too. One closes two sorts of things and then a third; the other is called through code made at run time, as
 * a Java program's threads are, of which all calls look alike. Nothing is wrong with either.
 */
#include "program.h"

#include <pthread.h>
#include <sys/mman.h>

enum { USUAL = 5 };

struct closer {
    int (*put_back)(int fd);
    pthread_barrier_t turn;
    int fd;
};

/* Closes until it is told to end. */
static void *close_for_others(void *context)
{
    struct closer *closer = context;
    for (;;) {
        pthread_barrier_wait(&closer->turn);
        if (closer->fd < 0)
            return NULL;
        must(closer->put_back(closer->fd), "close");
        pthread_barrier_wait(&closer->turn);
    }
}

/* Comes back when it has been closed, so that its number is free. */
static void hand_over(struct closer *closer, int fd)
{
    closer->fd = fd;
    pthread_barrier_wait(&closer->turn);
    if (fd >= 0)
        pthread_barrier_wait(&closer->turn);
}

static int __attribute__((noinline)) open_file(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open");
}

static int __attribute__((noinline)) open_directory(void)
{
    return must(open(".", O_RDONLY | O_DIRECTORY), "open");
}

/* One end is closed here, the other handed over: by the number that was closed last. */
static void use_pipe(struct closer *closer, int last)
{
    int ends[2];
    must(pipe(ends), "pipe");
    if (ends[0] != last)
        puts("the number was not used again");
    must(close(ends[1]), "close");
    hand_over(closer, ends[0]);
}

static void use(struct closer *closer, int (*const sorts[])(void), int count)
{
    pthread_t thread;
    int last = -1;
    pthread_barrier_init(&closer->turn, NULL, 2);
    must(-pthread_create(&thread, NULL, close_for_others, closer), "pthread_create");
    for (int i = 0; i < count * USUAL; i++)
        hand_over(closer, last = sorts[i / USUAL]());
    use_pipe(closer, last);
    hand_over(closer, -1);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&closer->turn);
}

static int __attribute__((noinline)) close_plainly(int fd)
{
    return close(fd);
}

#if defined __x86_64__
static int (*call_by_generated)(int fd, int (*function)(int fd));

static int close_by_generated(int fd)
{
    return call_by_generated(fd, close_plainly);
}

/* push %rbp; mov %rsp, %rbp; call *%rsi; pop %rbp; ret */
static void generate(void)
{
    static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd6, 0x5d, 0xc3};
    void *room = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(room == MAP_FAILED ? -1 : 0, "mmap");
    memcpy(room, code, sizeof code);
    must(mprotect(room, 4096, PROT_READ | PROT_EXEC), "mprotect");
    memcpy(&call_by_generated, &room, sizeof room);
}
#endif

int main(void)
{
    static int (*const sorts[])(void) = {open_file, open_directory};
    use(&(struct closer){.put_back = close_plainly}, sorts, 2);
#if defined __x86_64__
    generate();
    use(&(struct closer){.put_back = close_by_generated}, sorts, 1);
#endif
    return 0;
}
