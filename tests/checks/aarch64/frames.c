/* Functions whose frames the tables describe in each of the ways that compilers have: built several times, with different
 * options. NAME(x) is another name in each of them. */
#include <alloca.h>
#include <string.h>

int NAME(leaf)(int number);
int NAME(small)(int number);
int NAME(many)(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j);
int NAME(large)(int number);
int NAME(growing)(int number);

__attribute__((noinline)) int NAME(leaf)(int number)
{
    return number * 3;
}

__attribute__((noinline)) int NAME(small)(int number)
{
    return NAME(leaf)(number) + 1;
}

__attribute__((noinline)) int NAME(many)(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    return NAME(small)(a + b + c + d + e + f + g + h) + NAME(small)(i) + NAME(small)(j) + a * b * c * d * e * f * g * h;
}

__attribute__((noinline)) int NAME(large)(int number)
{
    char room[70000];
    memset(room, number, sizeof room);
    return NAME(many)(1, 2, 3, 4, 5, 6, 7, 8, 9, room[number]) + NAME(small)(room[1]);
}

__attribute__((noinline)) int NAME(growing)(int number)
{
    char *room = alloca((size_t)number);
    memset(room, number, (size_t)number);
    return NAME(large)(room[0]) + NAME(small)(number);
}
