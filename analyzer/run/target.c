/* Can the program that is to be run be watched?
 *
 * DESIGN. A chain of files is looked at: the command, what its "#!" line names, what "env" runs then. The first one that
 * speaks against watching decides. A file that cannot be read is given the benefit of the doubt: whether a ledger
 * appears tells in the end. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "search_path.h"
#include "source/path.h"

enum { SCRIPTS_AT_MOST = 5, LINE = 256 };

static void settle(struct target *target, enum target_state state, char *reason)
{
    target->state = state;
    free(target->reason);
    target->reason = reason;
}

static void look(struct target *target, const char *path, unsigned depth);

/* "env" looks its program up itself; options and NAME=VALUE come before it. */
static void look_behind_env(struct target *target, char *words, unsigned depth)
{
    char *word, *rest = words;
    while ((word = strsep(&rest, " \t")) != NULL)
        if (word[0] != '\0' && word[0] != '-' && strchr(word, '=') == NULL)
            break;
    if (word == NULL)
        return;
    char *path = search_path__find(word);
    if (path != NULL)
        look(target, path, depth + 1);
    else
        settle(target, TARGET_NOT_EXECUTABLE,
               heap__printed("%s: env cannot find its interpreter %s; install it", target->path, word));
    free(path);
}

static void look_at_script(struct target *target, char *line, unsigned depth)
{
    line[strcspn(line, "\r\n")] = '\0';
    char *interpreter = line + strspn(line, " \t");
    char *rest = interpreter + strcspn(interpreter, " \t");
    if (*rest != '\0')
        *rest++ = '\0';
    if (access(interpreter, X_OK) != 0)
        settle(target, TARGET_NOT_EXECUTABLE,
               heap__printed("%s: its interpreter %s cannot be executed: %s; mend the script's first line",
                             target->path, interpreter, strerror(errno)));
    else if (strcmp(base_name(interpreter), "env") == 0)
        look_behind_env(target, rest, depth);
    else
        look(target, interpreter, depth + 1);
}

static void look_into(struct target *target, const char *path, int fd, unsigned depth)
{
    char line[LINE] = "";
    ssize_t length = pread(fd, line, sizeof line - 1, 0);
    if (length >= 4 && memcmp(line, "\177ELF", 4) == 0) {
        char *reason = NULL;
        enum target_state state = target_elf__check(path, fd, &reason);
        settle(target, state, reason);
    } else if (length >= 2 && memcmp(line, "#!", 2) == 0) {
        look_at_script(target, line + 2, depth);
    } else if (strcmp(path, "/bin/sh") != 0) {
        look(target, "/bin/sh", depth + 1); /* as execvp does it */
    }
}

static void look(struct target *target, const char *path, unsigned depth)
{
    if (depth > SCRIPTS_AT_MOST)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    look_into(target, path, fd, depth);
    close(fd);
}

static bool is_executable(struct target *target)
{
    struct stat status;
    if (stat(target->path, &status) != 0) {
        settle(target, TARGET_NOT_FOUND, heap__printed("%s: %s", target->path, strerror(errno)));
    } else if (S_ISDIR(status.st_mode)) {
        settle(target, TARGET_NOT_EXECUTABLE, heap__printed("%s is a directory; name a program", target->path));
    } else if (faccessat(AT_FDCWD, target->path, X_OK, AT_EACCESS) != 0) {
        settle(target, TARGET_NOT_EXECUTABLE,
               heap__printed("%s cannot be executed: %s", target->path, strerror(errno)));
    } else {
        return true;
    }
    return false;
}

void target__check(struct target *target, const char *command)
{
    *target = (struct target){.path = search_path__find(command)};
    if (target->path == NULL)
        settle(target, TARGET_NOT_FOUND, heap__printed("%s: command not found", command));
    else if (is_executable(target))
        look(target, target->path, 0);
}

void target__clear(struct target *target)
{
    free(target->path);
    free(target->reason);
    *target = (struct target){.path = NULL};
}
