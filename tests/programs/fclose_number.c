/* Passes a descriptor where a stream belongs: a fault inside the call.
 *
 * expect: invalid-release count=1 call=fclose said=fclose(3) released=load at=number was_last=true level=error
 * allow: fd-leak
 * expect-signal: SEGV
 */
#include "program.h"

#include <stdint.h>
#include <sys/resource.h>

static void __attribute__((noinline)) load(void)
{
    intptr_t fd = must(open("number.txt", O_RDWR | O_CREAT, 0600), "open");
    fclose((FILE *)fd); /* wrong:number */
}

int main(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    load();
    return 0;
}
