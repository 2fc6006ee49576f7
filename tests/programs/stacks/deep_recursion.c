/* Opens at the bottom of recursions of many depths, some beyond what is stored of a stack, with locals that change.
 *
 * expect: fd-leak count=3 call=open function=descend line=descend type=file
 */
#include "program.h"

static int descend(int depth, int scramble)
{
    volatile int local = scramble * depth;
    if (depth == 0)
        return must(open("deep.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:descend */
    int fd = descend(depth - 1, scramble + local % 7);
    return fd + (local - local);
}

int main(void)
{
    static const int depths[] = {1, 12, 63, 64, 65, 200, 1000};
    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < COUNT(depths); i++)
            must(close(descend(depths[i], round)), "close");
    for (int i = 0; i < 3; i++)
        printf("%d\n", descend(20, i));
    return 0;
}
