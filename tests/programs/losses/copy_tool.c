/* Copies files to a disk that is full, and does not look at what fclose says: the copies are cut, the status is 0. One of
 * them is small: the only failure is that of fclose.
 *
 * expect: lost-write count=2 call=fclose class=stream error=ENOSPC function=copy released=copy line=open at=close level=error
 *         verdict=ignored detail=full?*.txt
 * expect: swallowed-error count=1 call=fclose class=stream error=ENOSPC released=copy at=close verdict=ignored level=error
 * needs: root
 */
#include "full_place.h"

static void __attribute__((noinline)) copy(const char *from, const char *to)
{
    char buffer[1000];
    size_t length;
    FILE *in = must_have(fopen(from, "r"), "fopen");
    FILE *out = must_have(fopen(to, "w"), "fopen"); /* leak:open */
    while ((length = fread(buffer, 1, sizeof buffer, in)) > 0)
        fwrite(buffer, 1, length, out);
    must(fclose(in), "fclose");
    fclose(out); /* wrong:close */
}

static void make(const char *path, int bytes)
{
    FILE *file = must_have(fopen(path, "w"), "fopen");
    for (int i = 0; i < bytes; i++)
        putc('x', file);
    must(fclose(file), "fclose");
}

int main(void)
{
    make_full_place("16");
    make("large.txt", 30000);
    make("small.txt", 99);
    copy("large.txt", "full/first.txt");
    copy("large.txt", "full/second.txt");
    copy("small.txt", "full/small.txt");
    puts("copied");
    return 0;
}
