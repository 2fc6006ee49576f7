/* What was opened before leakwatch can be ready is there all the same: with a stack where one could be had, and as a note
 * of an unseen acquisition where not.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 * allow: untracked-fd
 * allow: fd-leak function=resolve
 */
#include "program.h"

int early_answer(void);
int early_resolver_number(void);
int early_constructor_number(void);

static int number_before_everything = -1;

static void before_everything(void)
{
    number_before_everything = open("/dev/null", O_WRONLY);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = before_everything;

static int forget(void)
{
    return must(open("/dev/null", O_RDWR), "open"); /* leak:forget */
}

/* The resolver's descriptor stays: it is the one that a note may tell of. */
int main(void)
{
    static const struct deed deeds[] = {{forget, 3, 3}};
    printf("%d: %d %d %d\n", early_answer(), early_resolver_number(), number_before_everything,
           early_constructor_number());
    do_deeds(deeds, COUNT(deeds));
    must(close(early_constructor_number()), "close");
    must(close(number_before_everything), "close");
    return 0;
}
