/* What earlier runs of a program were found to have. */
#include "known.h"

#include <stdlib.h>

#include "rule/baseline.h"
#include "source/path.h"
#include "shown.h"
#include "statement.h"

#define EARLIER                                                                                                        \
    "WITH own AS (SELECT id FROM programs WHERE name = ?1 AND EXISTS (SELECT 1 FROM runs WHERE program = programs.id " \
    "AND start < ?3)), "                                                                                               \
    "earlier AS (SELECT runs.id FROM runs JOIN programs ON programs.id = program WHERE start < ?3 AND "                \
    "CASE WHEN EXISTS (SELECT 1 FROM own) THEN name = ?1 ELSE programs.executable = ?2 END) "

struct names {
    char *program, *executable;
};

static struct names names_of(const struct process *process)
{
    return (struct names){shown__own(baseline__program(process)), shown__new(base_name(process->exe))};
}

static void clear_names(struct names *names)
{
    free(names->program);
    free(names->executable);
}

int store__earlier_runs(struct store *store, const struct known_question *question, uint64_t *runs,
                        struct store_error *error)
{
    sqlite3_int64 answer = 0;
    struct names names = names_of(question->process);
    int result =
        statement__run(store, EARLIER "SELECT count(*) FROM earlier",
                       VALUES(text_value(names.program), text_value(names.executable), number_value(question->before)),
                       &answer, error);
    clear_names(&names);
    *runs = (uint64_t)answer;
    return result;
}

int store__known(struct store *store, const struct known_question *question, const char *fingerprint, enum level level,
                 uint64_t *count, struct store_error *error)
{
    sqlite3_int64 answer = 0;
    struct names names = names_of(question->process);
    int result =
        statement__run(store,
                       EARLIER "SELECT coalesce(max(count), 0) FROM findings WHERE fingerprint = ?4 AND level >= ?5 "
                               "AND run IN (SELECT id FROM earlier)",
                       VALUES(text_value(names.program), text_value(names.executable), number_value(question->before),
                              text_value(fingerprint), number_value(level)),
                       &answer, error);
    clear_names(&names);
    *count = (uint64_t)answer;
    return result;
}
