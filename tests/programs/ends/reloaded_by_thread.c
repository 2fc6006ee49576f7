/* A server opens its log at its start; a thread of its own opens it anew whenever the settings are read again, and closes
 * the one before it. The newest is held to the end. And threads that take turns, of which the last one forgets.
 *
 * expect: fd-leak count=1 level=warning held=true call=open function=open_log line=log detail=server.log
 * expect: fd-leak count=1 level=error held=false call=open function=load line=load detail=data.txt
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RELOADS = 5, TURNS = 4 };

static int log_file = -1;
static atomic_int is_set_up;

static int __attribute__((noinline)) open_log(void)
{
    return must(open("server.log", O_WRONLY | O_CREAT | O_APPEND, 0600), "open"); /* leak:log */
}

static int __attribute__((noinline)) load(void)
{
    return must(open("data.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:load */
}

/* The first one, and those of the other thread, are of one place, as they are where a loop of events calls it. */
static void *set_up(void *times)
{
    for (int i = 0; i < *(int *)times; i++) {
        int old = log_file;
        log_file = open_log();
        if (old >= 0)
            must(close(old), "close");
    }
    is_set_up++;
    pause();
    return NULL;
}

static void *take_turn(void *is_last)
{
    int fd = load();
    if (!*(int *)is_last)
        must(close(fd), "close");
    return NULL;
}

int main(void)
{
    static int times[] = {1, RELOADS}, is_last;
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        must(-pthread_create(&thread, NULL, set_up, &times[i]), "pthread_create");
        while (is_set_up <= i)
            usleep(100);
    }
    for (int i = 0; i < TURNS; i++) {
        is_last = i + 1 == TURNS;
        must(-pthread_create(&thread, NULL, take_turn, &is_last), "pthread_create");
        must(-pthread_join(thread, NULL), "pthread_join");
    }
    return 0;
}
