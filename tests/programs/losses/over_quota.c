/* Writes more than a quota allows, on a file system in a file, through streams that do not look at fclose.
 *
 * expect: lost-write count=2 call=fclose error=EDQUOT class=stream released=save function=save at=close level=error
 * needs: root
 */
#include "program.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { BYTES = 2000000 };

static void give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(77);
}

/* Mounted at ./disk, in a namespace of its own; it goes with the process. The tools' output is none of the test's. (The
 * quotas of other file systems are compiled into few kernels.) */
static void mount_disk(void)
{
    must(mkdir("disk", 0700), "mkdir");
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        give_up("a file system cannot be mounted here");
    if (system("exec >/dev/null 2>&1; truncate -s 128M image && mkfs.btrfs -q -f image && mount -o loop image disk && "
               "btrfs quota enable disk || exit 1; for user in one another; do btrfs subvolume create disk/$user && "
               "btrfs qgroup limit 1M disk/$user || exit 1; done") != 0)
        give_up("a file system with quotas cannot be made here");
    must(unlink("image"), "unlink");
}

static void __attribute__((noinline)) save(const char *path)
{
    FILE *file = must_have(fopen(path, "w"), "fopen");
    for (int i = 0; i < BYTES; i++)
        putc('x', file);
    fclose(file); /* wrong:close */
}

int main(void)
{
    mount_disk();
    save("disk/one/first.txt");
    save("disk/another/second.txt");
    return 0;
}
