/* A launcher that lives on, and a child of it, without a ledger of its own, that calls daemon(), as the server of tmux
 * begins: the launcher's ledger has grown past what the child has of it, and its books are not the child's to close.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 * arguments: 200
 */
#include "program.h"

static volatile int sink;

/* As many different stacks as the bits of `way` give. */
static __attribute__((noinline)) void go(int depth, unsigned way)
{
    if (depth == 0)
        must(close(must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open")), "close");
    else if (way & 1)
        go(depth - 1, way >> 1), sink++;
    else
        go(depth - 1, way >> 1), sink--;
}

static __attribute__((noinline)) void forget(void)
{
    must(open("/etc/passwd", O_RDONLY | O_CLOEXEC), "open"); /* leak:forget */
    sink++;
}

static void become_daemon(const int *told, const int *go_on)
{
    char byte;
    must(close(go_on[1]), "close");
    must((int)read(go_on[0], &byte, 1), "read"); /* until the launcher has filled its tables */
    must(daemon(1, 1), "daemon");
    must((int)write(told[1], "alive", 5), "write");
    _exit(0);
}

/* A stream, and children, take slots that the launcher's ledger did not have yet. */
static void grow(unsigned stacks)
{
    for (unsigned way = 0; way < stacks; way++)
        go(8, way);
    FILE *streams[40];
    for (size_t i = 0; i < COUNT(streams); i++)
        streams[i] = must_have(fopen("/dev/null", "re"), "fopen");
    for (size_t i = 0; i < COUNT(streams); i++)
        must(fclose(streams[i]), "fclose");
}

int main(int count, char **arguments)
{
    int told[2], go_on[2];
    char text[8] = "";
    must(pipe(told), "pipe");
    must(pipe(go_on), "pipe");
    for (int i = 0; i < 3; i++)
        forget();
    pid_t child = must(fork(), "fork");
    if (child == 0)
        become_daemon(told, go_on);
    must(close(told[1]), "close");
    must(close(go_on[0]), "close");
    grow(count > 1 ? (unsigned)atoi(arguments[1]) : 0);
    must(close(go_on[1]), "close");
    must((int)read(told[0], text, sizeof text - 1), "read");
    printf("%d, the daemon says: %s\n", end_of(child), text);
    must(close(told[0]), "close");
    return 0;
}
