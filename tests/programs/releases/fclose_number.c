/* Passes a descriptor where a stream belongs: a fault inside the call.
 *
 * expect: invalid-release count=1 call=fclose said=fclose(3) released=load at=number was_last=true level=error
 *         function=open_number
 * allow: fd-leak
 * expect-text: *opened by:
 * expect-signal: SEGV
 */
#include "program.h"

#include <stdint.h>
#include <sys/resource.h>

static int __attribute__((noinline)) open_number(void)
{
    return must(open("number.txt", O_RDWR | O_CREAT, 0600), "open");
}

static void __attribute__((noinline)) load(void)
{
    intptr_t fd = open_number();
    fclose((FILE *)fd); /* wrong:number */
}

int main(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    load();
    return 0;
}
