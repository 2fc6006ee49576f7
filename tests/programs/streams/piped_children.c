/* popen without pclose: the stream, its pipe and the child are one finding.
 *
 * expect: child-leak count=3 call=popen function=ask line=ask
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

static FILE *ask(const char *question)
{
    return must_have(popen(question, "r"), "popen"); /* leak:ask */
}

static void repeat(FILE *answer)
{
    char line[80];
    while (fgets(line, sizeof line, answer) != NULL)
        fputs(line, stdout);
}

static int forget(void)
{
    return must(open("question.txt", O_RDONLY | O_CREAT, 0600), "open");
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        FILE *answer = ask("echo closed");
        repeat(answer);
        must(pclose(answer), "pclose");
    }
    for (int i = 0; i < 3; i++)
        repeat(ask("echo forgotten"));
    must(system("exit 0"), "system");
    printf("%d\n", forget());
    return 0;
}
