/* LEAKWATCH_OPTIONS is read by the library, which names what it does not understand and goes on. So it is loaded into a
 * command that does nothing, and what it says there is read. */
#include "settings.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"

/* What the library's lines begin with; the others are not about what was typed. */
static const char *const beginnings[] = {"leakwatch: unknown key in ", "leakwatch: bad value in ",
                                         "leakwatch: cannot inject "};

static void load_library(const char *library, const char *settings, int out)
{
    char *command[] = {"leakwatch", "--version", NULL};
    char *quiet = heap__printed("%s:keep=findings:strict=0:quiet=1:help=0", settings);
    int nothing = open("/dev/null", O_RDWR);
    if (dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
        setenv("LEAKWATCH_OPTIONS", quiet, 1) != 0 || setenv("LD_PRELOAD", library, 1) != 0 ||
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1) != 0)
        _exit(1);
    execv("/proc/self/exe", command);
    _exit(1);
}

/* Complains of the line, if it is about what was typed, without the word that it was ignored: here, it is not. */
static bool is_complaint(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0) {
            char *word = strstr(line, " ignored: ");
            if (word != NULL)
                memmove(word, word + strlen(" ignored"), strlen(word + strlen(" ignored")) + 1);
            complain("%s; nothing was run", line + strlen("leakwatch: "));
            return true;
        }
    return false;
}

static int read_lines(int in)
{
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    FILE *said = fdopen(in, "r");
    while (said != NULL && getline(&line, &room, said) > 0)
        if (result == 0 && is_complaint(line))
            result = -1;
    free(line);
    if (said != NULL)
        fclose(said);
    else
        close(in);
    return result;
}

int settings__check(const char *library)
{
    const char *settings = getenv("LEAKWATCH_OPTIONS");
    int ends[2], status;
    if (settings == NULL || settings[0] == '\0' || library == NULL || pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0)
        load_library(library, settings, ends[1]);
    close(ends[1]);
    int result = read_lines(ends[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    return result;
}
