/* Closes a stream twice: the C library ends the process inside the second call.
 *
 * expect: double-close count=1 call=fclose class=stream released=save first=save function=save at=again was_last=true
 * allow: fd-leak
 * expect-signal: ABRT
 */
#include "program.h"

#include <sys/resource.h>

static void __attribute__((noinline)) save(void)
{
    FILE *volatile stream = must_have(fopen("saved.txt", "w"), "fopen");
    fputs("saved\n", stream);
    must(fclose(stream), "fclose");
    fclose(stream); /* wrong:again */
}

int main(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    save();
    return 0;
}
