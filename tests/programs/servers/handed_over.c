/* Numbers that change hands: dup2 over a stream's descriptor, which fclose then closes; a close that was cancelled and is
 * made again; a close that no hook sees; a standard descriptor saved, redirected and restored. None of it is a leak.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget
 */
#include "program.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static void over_a_stream(void)
{
    int other = must(open("/dev/null", O_RDONLY), "open");
    FILE *stream = must_have(fopen("/dev/null", "r"), "fopen");
    DIR *directory = must_have(opendir("/"), "opendir");
    must(dup2(other, fileno(stream)), "dup2");
    must(dup2(other, dirfd(directory)), "dup2");
    fclose(stream);
    closedir(directory);
    must(close(other), "close");
}

static void *cancel_itself(void *number)
{
    pthread_cancel(pthread_self());
    close(*(int *)number);
    return NULL;
}

static void cancelled_once(void)
{
    pthread_t thread;
    int number = must(open("/dev/null", O_RDONLY), "open");
    pthread_create(&thread, NULL, cancel_itself, &number);
    pthread_join(thread, NULL);
    must(close(number), "close");
}

static void behind_the_back(void)
{
#if defined(__x86_64__)
    long result, number = must(open("/dev/null", O_RDONLY), "open");
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_close), "D"(number) : "rcx", "r11", "memory");
    must((int)result, "close");
#endif
}

static void redirect_and_restore(void)
{
    int saved = must(dup(1), "dup"), null = must(open("/dev/null", O_WRONLY), "open");
    must(dup2(null, 1), "dup2");
    must(close(null), "close");
    must(dup2(saved, 1), "dup2");
    must(close(saved), "close");
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 1, 3}};
    over_a_stream();
    cancelled_once();
    redirect_and_restore();
    do_deeds(deeds, COUNT(deeds));
    behind_the_back();
    return 0;
}
