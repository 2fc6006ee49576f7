/* Copies files to a disk that is full, looks at every result, and says so: nothing to find.
 *
 * expect-exit: 3
 * expect-text: * looked at
 * needs: root
 */
#include "full_place.h"

#include <stdbool.h>

static int __attribute__((noinline)) copy(const char *from, const char *to)
{
    char buffer[1000];
    size_t length;
    bool failed = false;
    FILE *in = must_have(fopen(from, "r"), "fopen"), *out = must_have(fopen(to, "w"), "fopen");
    while ((length = fread(buffer, 1, sizeof buffer, in)) > 0)
        failed |= fwrite(buffer, 1, length, out) != length;
    must(fclose(in), "fclose");
    failed |= ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (failed)
        fprintf(stderr, "%s: not copied\n", to);
    return failed ? 1 : 0;
}

int main(void)
{
    make_full_place("16");
    FILE *file = must_have(fopen("large.txt", "w"), "fopen");
    for (int i = 0; i < 30000; i++)
        putc('x', file);
    must(fclose(file), "fclose");
    int failed = copy("large.txt", "full/first.txt") + copy("large.txt", "full/second.txt");
    failed += copy("large.txt", "full/third.txt");
    return failed;
}
