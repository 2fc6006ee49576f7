/* Built with ThreadSanitizer, which watches what threads do to the same memory: what leakwatch does in them is no race of
 * the program's, nor in its children.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget
 * expect: fd-leak count=4 call=open function=child_of pids=4
 */
#include "program.h"

#include <pthread.h>

/* In a child, the threads of its parent look like threads that nobody has waited for. */
const char *__tsan_default_options(void); // NOLINT(bugprone-reserved-identifier): the sanitizer calls it
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}

__attribute__((noinline)) static int forget(void)
{
    char *path = must_have(strdup("/dev/null"), "strdup");
    int fd = must(open(path, O_RDWR), "open"); /* leak:forget */
    free(path);
    return fd;
}

static void *work(void *nothing)
{
    for (int i = 0; i < 200; i++) {
        must(close(forget()), "close");
        must(fclose(must_have(fopen("/dev/null", "r"), "fopen")), "fclose");
    }
    return nothing;
}

static int child_of(void)
{
    pid_t child = must(fork(), "fork");
    if (child != 0)
        return end_of(child);
    must(open("/dev/null", O_RDWR), "open");
    _exit(3);
}

int main(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
    for (size_t i = 0; i < COUNT(threads); i++)
        if (child_of() != 3)
            puts("a child ended otherwise");
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    for (int i = 0; i < 3; i++)
        forget();
    puts("all have ended");
    return 0;
}
