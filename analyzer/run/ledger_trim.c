/* Whether anybody still has the file is known to the kernel, which grants a write lease on it only if nobody has: not the
 * process itself, nor a child that it had forked and that goes on to write there. Nobody can map it anew: a ledger is
 * only ever mapped by who made it. */
#include "ledger_trim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define WORTH_IT (1 << 20)

static bool is_ours_alone(int file)
{
    void (*before)(int) = signal(SIGIO, SIG_IGN); /* sent if somebody opens it between these two */
    bool alone = fcntl(file, F_SETLEASE, F_WRLCK) == 0;
    if (alone)
        fcntl(file, F_SETLEASE, F_UNLCK);
    signal(SIGIO, before);
    return alone;
}

/* Behind its last data; the whole size where the file system does not tell of holes. */
static off_t end_of_data(int file, off_t size)
{
    off_t end = 0, data;
    while (end < size && (data = lseek(file, end, SEEK_DATA)) >= 0) {
        end = lseek(file, data, SEEK_HOLE);
        if (end < 0)
            return size;
    }
    return (end + PAGE - 1) / PAGE * PAGE;
}

void ledger_trim__cut(const char *path)
{
    struct stat about;
    int file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && is_ours_alone(file)) {
        off_t end = end_of_data(file, about.st_size);
        int cut = end > 0 && end + WORTH_IT < about.st_size ? ftruncate(file, end) : 0;
        (void)cut; /* where it fails the ledger stays as long as it is */
    }
    close(file);
}
