/* posix_spawn with file actions: they work in the child only and open nothing here.
 *
 * expect: fd-leak count=5 call=open function=forget line=forget type=file pids=1
 */
#include "program.h"

#include <spawn.h>

extern char **environ;

static int forget(void)
{
    return must(open("kept.txt", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:forget */
}

static int spawn(char *program)
{
    pid_t child;
    char *arguments[] = {program, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 40, "kept.txt", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, 40, STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, 40);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    int error = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error != 0 ? 1000 + error : end_of(child);
}

int main(void)
{
    static const struct deed deeds[] = {{forget, 1, 5}};
    static char name_true[] = "true", name_false[] = "false", nothing[] = "no-such-program";
    do_deeds(deeds, COUNT(deeds));
    printf("%d %d %d\n", spawn(name_true), spawn(name_false), spawn(nothing));
    return 0;
}
