/* Passes addresses that cannot be read where the kernel says EFAULT: the program must get that, not a fault.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget
 */
#include "program.h"

#include <netinet/in.h>
#include <sys/socket.h>

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static void says(const char *what, long result)
{
    printf("%s: %ld, %s\n", what, result, strerror(errno));
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 1, 3}};
    do_deeds(deeds, COUNT(deeds));
    char *volatile bad = (char *)8; /* volatile: or the compiler would know */
    char *arguments[] = {"true", NULL}, *bad_environment[] = {bad, NULL};
    says("program", execve(bad, arguments, environ));
    says("arguments", execve("/bin/true", (char **)(void *)bad, environ));
    says("environment", execve("/bin/true", arguments, (char **)(void *)bad));
    says("variable", execve("/bin/true", arguments, bad_environment));
    int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    must(listen(listener, 1), "listen");
    says("accept", accept(listener, (struct sockaddr *)(void *)bad, (socklen_t *)(void *)bad));
    must(close(listener), "close");
    return 0;
}
