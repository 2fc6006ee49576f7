/* freopen keeps the stream and moves it to another file; a failed freopen has closed the old one.
 *
 * expect: stream-leak count=3 call=freopen function=rotate line=rotate detail=second.log
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

static FILE *start_log(void)
{
    return must_have(fopen("first.log", "w"), "fopen");
}

static FILE *rotate(FILE *log)
{
    return must_have(freopen("second.log", "a", log), "freopen"); /* leak:rotate */
}

static void rotate_nowhere(void)
{
    if (freopen("no/such/directory/log", "a", start_log()) != NULL)
        puts("freopen found a directory that does not exist");
}

static int forget(void)
{
    return must(open("first.log", O_RDONLY), "open");
}

int main(void)
{
    for (int i = 0; i < 8; i++)
        must(fclose(rotate(start_log())), "fclose");
    for (int i = 0; i < 5; i++)
        rotate_nowhere();
    for (int i = 0; i < 3; i++)
        printf("%d\n", fileno(rotate(rotate(start_log()))));
    printf("%d\n", forget());
    return 0;
}
