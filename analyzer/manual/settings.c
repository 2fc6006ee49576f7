/* The settings of LEAKWATCH_OPTIONS on the manual page. The library alone knows them: it is asked. */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parts.h"
#include "run/environment.h"

#define PREFIX "leakwatch:   "

static const char *const asked[] = {"/bin/true", NULL};

/* Its standard error, which is where help=1 writes. */
static FILE *ask(const char *library, pid_t *child)
{
    int ends[2];
    if (pipe(ends) != 0)
        return NULL;
    fflush(stdout);
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        if (setenv("LD_PRELOAD", library, 1) == 0 && setenv("LEAKWATCH_OPTIONS", "help=1", 1) == 0)
            execv(asked[0], (char *const *)(uintptr_t)asked);
        _exit(127);
    }
    close(ends[1]);
    FILE *answer = *child > 0 ? fdopen(ends[0], "r") : NULL;
    if (answer == NULL)
        close(ends[0]);
    return answer;
}

/* "leakwatch:   size=  MiB that a ledger may grow to". */
static void put_setting(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *equals = strchr(line, '=');
    if (strncmp(line, PREFIX, strlen(PREFIX)) != 0 || equals == NULL)
        return;
    *equals = '\0';
    fputs(".TP\n\\fB", stdout);
    manual_roff__text(line + strlen(PREFIX));
    fputs("\\fR=\n", stdout);
    manual_roff__text(equals + 1 + strspn(equals + 1, " "));
    putchar('\n');
}

void manual__settings(void)
{
    char *library = environment__library(), *line = NULL;
    size_t room = 0;
    pid_t child = -1;
    FILE *answer = library != NULL ? ask(library, &child) : NULL;
    while (answer != NULL && getline(&line, &room, answer) >= 0)
        put_setting(line);
    if (answer != NULL)
        fclose(answer);
    if (child > 0)
        waitpid(child, NULL, 0);
    free(line);
    free(library);
}
