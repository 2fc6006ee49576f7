/* Asks the judge of call sites about one file.
 *
 *     callsite_judge FILE             lines on standard input: name, what is expected (a set of bits, see shapes.h), and
 *                                     return addresses in the file; prints name, expected, verdict and evidence of each
 *     callsite_judge --sites FILE     every call of a release function that the file makes; prints address, function,
 *                                     verdict and evidence of each */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callsite/callsite.h"
#include "release_calls.h"
#include "symbol/symbols.h"

enum { FRAMES_AT_MOST = 32 };

struct asking {
    struct callsites *callsites;
    uint32_t module;
};

static void print_verdict(const struct callsite_verdict *verdict)
{
    printf(" %s %zu %llx %s: %s\n", verdict__name(verdict->verdict), verdict->frame, (unsigned long long)verdict->where,
           verdict->how ? verdict->how : "", verdict->evidence);
}

static void judge_line(const struct asking *asking, char *line)
{
    struct callsite_frame frames[FRAMES_AT_MOST];
    struct callsite_verdict verdict;
    size_t count = 0;
    const char *name = strtok(line, " \n"), *expected = strtok(NULL, " \n");
    for (const char *word = strtok(NULL, " \n"); word != NULL && count < FRAMES_AT_MOST; word = strtok(NULL, " \n"))
        frames[count++] = (struct callsite_frame){.module = asking->module, .offset = strtoull(word, NULL, 16)};
    callsites__judge(asking->callsites, frames, count, &verdict);
    printf("%s %s", name, expected);
    print_verdict(&verdict);
}

static void judge_site(void *context, uint64_t returns_to, const char *function)
{
    const struct asking *asking = context;
    const struct callsite_frame frame = {.module = asking->module, .offset = returns_to};
    struct callsite_verdict verdict;
    callsites__judge(asking->callsites, &frame, 1, &verdict);
    printf("%llx %s", (unsigned long long)returns_to, function);
    print_verdict(&verdict);
}

int main(int count, char **arguments)
{
    static char line[4096];
    const struct lw_module description = {.base = 0};
    if (count < 2)
        return 2;
    struct symbols *symbols = symbols__new(NULL);
    struct asking asking = {callsites__new(symbols), symbols__module(symbols, arguments[count - 1], &description)};
    bool is_readable = symbols__elf(symbols, asking.module) != NULL;
    if (!is_readable)
        fprintf(stderr, "callsite_judge: %s cannot be read\n", arguments[count - 1]);
    else if (strcmp(arguments[1], "--sites") == 0)
        release_calls__visit(symbols__elf(symbols, asking.module), judge_site, &asking);
    else
        while (fgets(line, sizeof(line), stdin) != NULL)
            judge_line(&asking, line);
    callsites__free(asking.callsites);
    symbols__free(symbols);
    return is_readable ? 0 : 2;
}
