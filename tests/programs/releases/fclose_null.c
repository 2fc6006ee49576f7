/* Closes a stream that could not be opened: a fault inside the call.
 *
 * expect: invalid-release count=1 call=fclose said=fclose(NULL) released=load function=load at=null was_last=true level=error
 *         later=*fopen\ had\ failed\ with\ ENOENT
 * expect-signal: SEGV
 */
#include "program.h"

#include <sys/resource.h>

static void __attribute__((noinline)) load(void)
{
    FILE *volatile stream = fopen("no-such-file.txt", "r");
    fclose(stream); /* wrong:null */
}

int main(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    load();
    return 0;
}
