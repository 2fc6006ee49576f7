/* Locks on files as programs use them, and calls of them that fail: nothing is told, and results are the kernel's.
 */
#include "program.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

static int opened(const char *path)
{
    return must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
}

static int lock(int fd, int command, short type, off_t start, off_t length)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &range);
}

static void expects(int result, int error, const char *what)
{
    if ((error == 0 && result != 0) || (error != 0 && (result != -1 || errno != error))) {
        fprintf(stderr, "%s: %d, %s\n", what, result, strerror(errno));
        exit(99);
    }
}

/* What another process would be told of bytes 0 to 99 of this file. */
static void another_sees(const char *path, int error)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        int fd = opened(path);
        expects(lock(fd, F_SETLK, F_WRLCK, 0, 100), error, "another process's lock");
        close(fd);
        _exit(0);
    }
    if (end_of(child) != 0)
        exit(98);
}

static void wrong_calls(void)
{
    int fd = opened("wrong");
    char *page = must_have(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    must(mprotect(page + 4096, 4096, PROT_NONE), "mprotect");
    static const int commands[] = {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW};
    for (size_t i = 0; i < COUNT(commands); i++) {
        expects(fcntl(fd, commands[i], page + 4096), EFAULT, "no address");
        expects(fcntl(fd, commands[i], page + 4088), EFAULT, "half an address");
        expects(fcntl(fd, commands[i], NULL), EFAULT, "NULL");
        expects(lock(fd, commands[i], 77, 0, 0), EINVAL, "no type");
        expects(lock(fd, commands[i], F_WRLCK, -5, 0), EINVAL, "no range");
    }
    expects(flock(fd, 77), EINVAL, "no operation");
    expects(lockf(fd, 77, 0), EINVAL, "no command");
    expects(flock(-1, LOCK_EX), EBADF, "no number");
    expects(lockf(-1, F_LOCK, 0), EBADF, "no number");
    errno = 0;
    expects(flock(fd, LOCK_EX) || errno, 0, "errno of flock");
    expects(lock(fd, F_SETLKW, F_WRLCK, 0, 0) || errno, 0, "errno of fcntl");
    expects(lockf(fd, F_LOCK, 0) || errno, 0, "errno of lockf");
    close(fd);
    munmap(page, 8192);
}

/* Taken and given back, changed, split, and joined again. */
static void ranges(void)
{
    int fd = opened("ranges");
    for (int i = 0; i < 200; i++) {
        must(lock(fd, F_SETLKW, F_WRLCK, 0, 100), "all");
        must(lock(fd, F_SETLK, F_UNLCK, 40, 20), "but the middle");
        must(lock(fd, F_SETLKW, F_RDLCK, 10, 5), "a part for reading");
        must(lseek(fd, 50, SEEK_SET) < 0, "lseek");
        must(lockf(fd, F_TLOCK, 5), "a part of the middle");
        must(lockf(fd, F_ULOCK, 5), "and back");
        must(lock(fd, F_SETLK, F_UNLCK, 0, 0), "nothing");
    }
    must(lock(fd, F_SETLK, F_WRLCK, 0, 100), "all");
    another_sees("ranges", EAGAIN);
    close(opened("ranges")); /* gives it up, too */
    another_sees("ranges", 0);
    close(fd);
}

static void whole_files(void)
{
    int fd = opened("whole"), other = opened("whole"), copy = must(dup(fd), "dup");
    must(flock(fd, LOCK_EX), "flock");
    expects(flock(other, LOCK_EX | LOCK_NB), EWOULDBLOCK, "a second description");
    must(flock(copy, LOCK_SH), "changed by a duplicate");
    must(flock(other, LOCK_SH), "shared");
    close(fd);
    must(flock(copy, LOCK_UN), "given back by a duplicate");
    must(flock(other, LOCK_EX), "alone now");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(flock(other, LOCK_UN) != 0);
    if (end_of(child) != 0)
        exit(97);
    must(flock(copy, LOCK_EX | LOCK_NB), "given back by a child");
    close(other);
    close(copy);
}

static void nothing(int signal)
{
    (void)signal;
}

/* A wait that a signal ends. */
static void interrupted(void)
{
    int fd = opened("asked"), other = opened("asked");
    struct sigaction action = {.sa_handler = nothing};
    must(flock(fd, LOCK_EX), "flock");
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 20000);
    expects(flock(other, LOCK_EX), EINTR, "interrupted");
    ualarm(0, 0);
    close(fd);
    close(other);
}

int main(void)
{
    int for_life = opened("lock_file");
    must(flock(for_life, LOCK_EX | LOCK_NB), "the lock for life");
    must(lock(for_life, F_SETLK, F_WRLCK, 0, 0), "the lock for life");
    wrong_calls();
    ranges();
    whole_files();
    interrupted();
    return close(for_life);
}
