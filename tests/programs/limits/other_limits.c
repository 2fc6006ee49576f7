/* EMFILE is the word of other limits, too: of message queues, and of the user's inotify instances, where that limit is
 * within reach. The table of descriptors has room then.
 *
 * expect: limit-reached count=1 level=note call=mq_open|__mq_open_2 error=EMFILE function=ask_for_queue later=*RLIMIT_MSGQUEUE*
 * allow: limit-reached level=note call=inotify_init1 error=EMFILE later=*max_user_instances*
 */
#include "program.h"

#include <mqueue.h>
#include <sys/inotify.h>
#include <sys/resource.h>

enum { INSTANCES = 500 };

static void ask_for_queue(void)
{
    const struct rlimit none = {0, 0};
    must(setrlimit(RLIMIT_MSGQUEUE, &none), "setrlimit");
    if (mq_open("/leakwatch-other-limits", O_CREAT | O_RDWR, 0600, NULL) != (mqd_t)-1 || errno != EMFILE) {
        puts("message queues have no limit here");
        exit(77);
    }
}

static void watch_much(void)
{
    int instances[INSTANCES], count = 0;
    while (count < INSTANCES && (instances[count] = inotify_init1(IN_CLOEXEC)) >= 0)
        count++;
    while (count > 0)
        must(close(instances[--count]), "close");
}

int main(void)
{
    ask_for_queue();
    watch_much();
    return 0;
}
