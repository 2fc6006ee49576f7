/* Writes more than a user's quota allows, on a file system in a file, through streams that do not look at fclose.
 *
 * expect: lost-write count=2 call=fclose error=EDQUOT class=stream released=save function=save at=close level=error
 * needs: root
 */
#include "program.h"

#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>

enum { USER = 54321, BLOCKS = 24, BYTES = 40000 };

static void give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(77);
}

/* Mounted at ./disk, in a namespace of its own; it goes with the process. The tools' output is none of the test's. */
static void mount_disk(void)
{
    must(mkdir("disk", 0700), "mkdir");
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        give_up("a file system cannot be mounted here");
    if (system("exec >/dev/null 2>&1; truncate -s 8M image && mke2fs -q -F -t ext4 -O quota -E quotatype=usrquota "
               "image && "
               "mount -o loop,usrquota image disk") != 0)
        give_up("a file system with quotas cannot be made here");
    must(unlink("image"), "unlink");
}

static void limit_user(void)
{
    struct dqblk quota = {.dqb_bhardlimit = BLOCKS, .dqb_valid = QIF_BLIMITS};
    char device[256] = "";
    FILE *mounts = must_have(fopen("/proc/self/mounts", "r"), "fopen");
    for (char line[1024]; fgets(line, sizeof line, mounts) != NULL;)
        if (strstr(line, "/disk ext4") != NULL)
            sscanf(line, "%255s", device);
    must(fclose(mounts), "fclose");
    if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), device, USER, (void *)&quota) != 0)
        give_up("quotas cannot be set here");
    must(chmod("disk", 0777), "chmod");
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
    limit_user();
    setfsuid(USER);
    save("disk/first.txt");
    save("disk/second.txt");
    setfsuid(0);
    return 0;
}
