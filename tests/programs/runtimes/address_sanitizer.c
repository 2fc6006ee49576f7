/* Built with AddressSanitizer, whose library wants to be the first one: the launcher arranges that.
 *
 * only: launched
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 * expect: stream-leak count=1 call=fopen function=forget_stream
 */
#include "program.h"

static int forget(void)
{
    char *path = must_have(strdup("checked.txt"), "strdup");
    int fd = must(open(path, O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
    free(path);
    return fd;
}

static FILE *forget_stream(void)
{
    return must_have(fopen("checked.txt", "r"), "fopen");
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 20, 3}};
    do_deeds(deeds, COUNT(deeds));
    for (int i = 0; i < 5; i++)
        must(fclose(forget_stream()), "fclose");
    static FILE *kept;
    kept = forget_stream();
    return kept == NULL;
}
