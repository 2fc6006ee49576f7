/* Standard input as inherited is nobody's leak, not even after a dup2 to another number is closed again. What the
 * program itself opens at the number 0 is its own.
 *
 * expect: fd-leak count=1 call=open function=take_over line=zero type=file detail=input.txt
 * expect: fd-leak count=3 call=dup function=save_output
 */
#include "program.h"

static int save_output(void)
{
    return must(dup(STDOUT_FILENO), "dup");
}

static int take_over(void)
{
    must(close(STDIN_FILENO), "close");
    return must(open("input.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:zero */
}

int main(void)
{
    static const struct deed deeds[] = {{save_output, 2, 3}, {take_over, 0, 1}};
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
