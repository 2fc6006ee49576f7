/* Pipes and pseudo-terminals: reading ends closed and writing ends forgotten, and the other way round.
 *
 * expect: fd-leak count=3 call=pipe function=writer_forgotten line=writer type=pipe
 * expect: fd-leak count=5 call=pipe2 function=reader_forgotten type=pipe
 * expect: fd-leak count=1 call=posix_openpt function=terminal type=pty
 * expect: fd-leak count=1 call=openpty function=terminal_pair type=pty
 */
#include "program.h"

#include <pty.h>

static int writer_forgotten(void)
{
    int ends[2];
    must(pipe(ends), "pipe"); /* leak:writer */
    must(close(ends[0]), "close");
    return ends[1];
}

static int reader_forgotten(void)
{
    int ends[2];
    must(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
    must(close(ends[1]), "close");
    return ends[0];
}

static int terminal(void)
{
    return must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
}

static int terminal_pair(void)
{
    int master, slave;
    must(openpty(&master, &slave, NULL, NULL, NULL), "openpty");
    must(close(slave), "close");
    return master;
}

int main(void)
{
    static const struct deed deeds[] = {
        {writer_forgotten, 4, 3}, {reader_forgotten, 1, 5}, {terminal, 2, 1}, {terminal_pair, 2, 1}};
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
