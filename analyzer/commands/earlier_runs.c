/* What is found, beside what earlier runs of the same programs were found to have. */
#include "earlier_runs.h"

#include "base/complain.h"
#include "store/known.h"

#define SECOND 1e9
#define MILLISECOND 1000000 /* a double of the seconds since 1970 is exact to less than that */

/* What began before the first of those that are judged: they may have been added already. */
static int64_t beginning(const struct report *report)
{
    double first = report->process_count > 0 ? report->processes[0].start : 0;
    for (size_t i = 1; i < report->process_count; i++)
        if (report->processes[i].start < first)
            first = report->processes[i].start;
    return (int64_t)(first * SECOND) - MILLISECOND;
}

/* Of many processes most are of one program, and stand side by side. */
static bool is_asked(const struct report *report, const struct finding *finding, size_t at)
{
    return at > 0 &&
           report->processes[finding->processes[at]].command == report->processes[finding->processes[at - 1]].command;
}

bool earlier_runs__know(struct store *store, const struct report *report, uint64_t tolerance, struct finding *finding)
{
    struct known_question question = {.before = beginning(report)};
    uint64_t known = 0, least = UINT64_MAX;
    bool is_known = finding->process_count > 0;
    struct store_error error;
    for (size_t i = 0; i < finding->process_count; i++) {
        question.process = &report->processes[finding->processes[i]];
        if (!is_asked(report, finding, i) &&
            store__known(store, &question, finding->fingerprint, finding->level, &known, &error) != 0) {
            complain("%s", error.text);
            return false;
        }
        least = known < least ? known : least;
        is_known = is_known && known > 0 && finding->shares[i] <= known + tolerance;
    }
    finding->known = finding->process_count > 0 ? least : 0;
    finding->known_by_runs = finding->known > 0;
    return is_known;
}

int earlier_runs__count(struct store *store, const struct report *report, uint64_t *runs)
{
    struct known_question question = {.before = beginning(report)};
    struct store_error error;
    *runs = 0;
    for (size_t i = 0; i < report->process_count; i++) {
        uint64_t here = 0;
        bool is_first = report->processes[i].judged;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = !report->processes[k].judged || report->processes[k].command != report->processes[i].command;
        question.process = &report->processes[i];
        if (is_first && store__earlier_runs(store, &question, &here, &error) != 0) {
            complain("%s", error.text);
            return -1;
        }
        *runs += here;
    }
    return 0;
}
