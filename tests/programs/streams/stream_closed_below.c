/* Closes descriptors under their streams, as buggy programs do. Whatever leakwatch thinks of that, the program must get
 * through, and what it forgets besides must be counted right.
 *
 * expect: fd-leak count=3 call=open function=forget_log line=log type=file
 * expect: foreign-close count=10 call=close class=stream
 * expect: double-close count=5 call=close detail=other.txt
 */
#include "program.h"

static void close_below(void)
{
    FILE *stream = must_have(fopen("below.txt", "w"), "fopen");
    must(close(fileno(stream)), "close");
    if (fclose(stream) == 0)
        puts("fclose did not notice");
}

/* The number is taken again before the stream is closed, which then closes what is not its own. */
static void close_someone_elses(void)
{
    FILE *stream = must_have(fopen("below.txt", "w"), "fopen");
    must(close(fileno(stream)), "close");
    int other = must(open("other.txt", O_RDWR | O_CREAT, 0600), "open");
    fclose(stream);
    if (close(other) == 0)
        puts("the stream closed something else");
}

static int forget_log(void)
{
    return must(open("log.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:log */
}

int main(void)
{
    for (int i = 0; i < 5; i++) {
        close_below();
        close_someone_elses();
    }
    static const struct deed deeds[] = {{forget_log, 10, 3}};
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
