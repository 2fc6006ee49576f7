/* Goes around the C library's functions by syscall(2): openat, socket, pipe2, memfd_create, dup3, close.
 *
 * expect: fd-leak count=3 call=syscall function=raw_open type=file detail=*raw.txt
 * expect: fd-leak count=1 call=syscall function=raw_socket type=socket
 * expect: fd-leak count=2 call=syscall function=raw_pipe line=pipe type=pipe
 * expect: fd-leak count=1 call=syscall function=raw_memory type=memfd
 * expect: clobbered-fd count=1 call=syscall function=raw_close type=file detail=*raw.txt level=warning
 */
#include "program.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int raw_open(void)
{
    return must((int)syscall(SYS_openat, AT_FDCWD, "raw.txt", O_RDWR | O_CREAT, 0600), "SYS_openat");
}

static int raw_socket(void)
{
    return must((int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0), "SYS_socket");
}

static int raw_memory(void)
{
    return must((int)syscall(SYS_memfd_create, "raw", 0u), "SYS_memfd_create");
}

static void raw_pipe(void)
{
    int ends[2];
    must((int)syscall(SYS_pipe2, ends, O_CLOEXEC), "SYS_pipe2"); /* leak:pipe */
    printf("%d %d\n", ends[0], ends[1]);
}

static void raw_close(void)
{
    int fd = must(open("raw.txt", O_RDONLY | O_CREAT, 0600), "open");
    must((int)syscall(SYS_close, fd), "SYS_close");
    fd = raw_open();
    int memory = raw_memory();
    must((int)syscall(SYS_dup3, memory, fd, O_CLOEXEC), "SYS_dup3");
    must((int)syscall(SYS_close, fd), "SYS_close");
    must(close(memory), "close");
}

int main(void)
{
    static const struct deed deeds[] = {{raw_open, 3, 3}, {raw_socket, 3, 1}, {raw_memory, 3, 1}};
    raw_close();
    do_deeds(deeds, COUNT(deeds));
    raw_pipe();
    return 0;
}
