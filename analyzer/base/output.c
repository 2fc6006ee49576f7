/* Files that are there whole or not at all. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "heap.h"

enum { USUAL_MODE = 0666 };

static int fail(const struct output *output, const char *what)
{
    complain("%s: cannot be %s: %s; nothing was left there", output->path, what, strerror(errno));
    return -1;
}

/* mkostemp gives 0600; a report is as public as any file that the user makes. */
static void set_usual_mode(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, USUAL_MODE & ~mask);
}

static FILE *open_temporary(struct output *output)
{
    output->temporary = heap__printed("%s.XXXXXX", output->path);
    int fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0)
        return NULL;
    set_usual_mode(fd);
    FILE *file = fdopen(fd, "w");
    if (file == NULL)
        close(fd);
    return file;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool is_standard_output(const char *path)
{
    return strcmp(path, "-") == 0;
}

static FILE *open_standard_output(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

int output__try(const char *path)
{
    struct output output;
    if (is_standard_output(path))
        return 0;
    if (is_special(path) && !is_directory(path)) /* a pipe would wait for its reader */
        return 0;
    if (output__open(&output, path) != 0)
        return -1;
    output__discard(&output);
    return 0;
}

int output__open(struct output *output, const char *path)
{
    char *real = realpath(path, NULL);
    *output = (struct output){.path = real ? real : heap__copied(path)};
    if (is_standard_output(path))
        output->file = open_standard_output();
    else
        output->file = is_special(path) ? fopen(path, "we") : open_temporary(output);
    if (output->file != NULL)
        return 0;
    fail(output, "made");
    free(output->temporary);
    free(output->path);
    return -1;
}

void output__discard(struct output *output)
{
    fclose(output->file);
    if (output->temporary != NULL)
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
}

int output__close(struct output *output)
{
    bool failed = ferror(output->file) != 0;
    if (fclose(output->file) != 0 || failed)
        failed = true;
    if (!failed && output->temporary != NULL)
        failed = rename(output->temporary, output->path) != 0;
    int result = failed ? fail(output, "written") : 0;
    if (failed && output->temporary != NULL)
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    return result;
}
