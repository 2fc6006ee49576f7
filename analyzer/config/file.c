/* One configuration file.
 *
 * DESIGN. It decides which files are written and what is not told of, so it is read only if it is a plain file of this
 * user's or of root's; what somebody else has put above the working directory, as in /tmp, is passed over, so that he can
 * neither steer a run nor stop it; what all may write to is as good as somebody else's. (A group may: where the umask is 002
 * whatever is checked out is so, and the group is the user's own.) Nor does a home that is another user's, as HOME=/root is
 * behind setpriv: where the way to the file is barred there is none. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "config.h"

enum { LONGEST = 64 << 10 };

/* Who became root by sudo has the files that he had before. */
static bool is_own(uid_t owner)
{
    const char *before = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
    if (owner == geteuid() || owner == 0)
        return true;
    char *end = NULL;
    unsigned long number = before != NULL ? strtoul(before, &end, 10) : 0;
    return before != NULL && *before != '\0' && *end == '\0' && owner == number;
}

static int refuse(const struct config_file *file, const char *why)
{
    complain("%s: %s; leakwatch --no-config does without", file->path, why);
    return -1;
}

static int pass_over(const struct config_file *file, uid_t owner)
{
    complain("%s is passed over: it belongs to user %u, who is neither you nor root", file->path, (unsigned)owner);
    return 0;
}

/* This user's own had better be told of; another's, or one behind another's link, is not for him. */
static int cannot_open(const struct config_file *file, uid_t owner)
{
    if (errno != EACCES || owner == geteuid())
        return refuse(file, strerror(errno));
    complain("%s is passed over: it is another user's, and you may not read it", file->path);
    return 0;
}

static int pass_over_open(const struct config_file *file)
{
    complain("%s is passed over: all may write to it; chmod o-w lets it count", file->path);
    return 0;
}

/* What there is of it, or one byte more than may be. */
static ssize_t read_all(int fd, char *text)
{
    size_t length = 0;
    while (length <= LONGEST) {
        ssize_t got = read(fd, text + length, LONGEST + 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static int take_text(struct config_file *file, int fd)
{
    file->text = heap__zeroed(LONGEST + 2, 1);
    ssize_t length = read_all(fd, file->text);
    if (length < 0)
        return refuse(file, strerror(errno));
    if (length > LONGEST)
        return refuse(file, "is longer than 64 KiB, which no configuration is");
    if (strlen(file->text) < (size_t)length)
        return refuse(file, "is no text: it holds a byte of 0");
    file->is_there = true;
    return 0;
}

/* Of a link both count: whoever made it chose where the paths in the file begin. */
static int open_file(struct config_file *file)
{
    struct stat status;
    if (lstat(file->path, &status) != 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : refuse(file, strerror(errno));
    if (!is_own(status.st_uid))
        return pass_over(file, status.st_uid);
    int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return cannot_open(file, status.st_uid);
    int result;
    if (fstat(fd, &status) != 0)
        result = refuse(file, strerror(errno));
    else if (!is_own(status.st_uid))
        result = pass_over(file, status.st_uid);
    else if (!S_ISREG(status.st_mode))
        result = refuse(file, "is no plain file");
    else
        result = (status.st_mode & S_IWOTH) != 0 ? pass_over_open(file) : take_text(file, fd);
    close(fd);
    return result;
}

/* ---- Its lines --------------------------------------------------------------------------------------------------- */

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static int refuse_line(const struct config_file *file, size_t line, const char *text)
{
    complain("%s:%zu: neither 'key = value' nor '[command]': '%.80s'", file->path, line, text);
    return -1;
}

static const char *take_section(struct config_file *file, const char *name, size_t line)
{
    file->sections =
        heap__room(file->sections, file->section_count, &file->section_room, sizeof(struct config_section));
    file->sections[file->section_count++] = (struct config_section){.name = name, .line = line};
    return name;
}

static int take_line(struct config_file *file, char *text, size_t line, const char **section)
{
    size_t length = strlen(text);
    if (length == 0 || text[0] == '#' || text[0] == ';')
        return 0;
    if (text[0] == '[') {
        if (length < 3 || text[length - 1] != ']')
            return refuse_line(file, line, text);
        text[length - 1] = '\0';
        *section = take_section(file, trimmed(text + 1), line);
        return 0;
    }
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return refuse_line(file, line, text);
    *equals = '\0';
    file->entries = heap__room(file->entries, file->count, &file->room, sizeof(struct config_entry));
    file->entries[file->count++] =
        (struct config_entry){.section = *section, .key = trimmed(text), .value = trimmed(equals + 1), .line = line};
    return 0;
}

int config_file__read(struct config_file *file)
{
    int result = file->path != NULL ? open_file(file) : 0;
    const char *section = "";
    char *rest = result == 0 && file->is_there ? file->text : NULL, *text;
    for (size_t line = 1; result == 0 && (text = strsep(&rest, "\n")) != NULL; line++)
        result = take_line(file, trimmed(text), line, &section);
    return result;
}
