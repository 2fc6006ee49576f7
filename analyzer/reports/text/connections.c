/* Connections that are held, as text: a line or two for each place and peer. */
#include "connections.h"

#include "base/words.h"
#include "model/resource.h"
#include "source/path.h"
#include "symbol/stack.h"

enum { SHOWN = 20 };

static bool are_of_several(const struct report *report)
{
    for (size_t i = 1; i < report->connection_count; i++)
        if (report->connections[i].program != report->connections[0].program)
            return true;
    return false;
}

/* "postgres 127.0.0.1:5432", "from 10.0.0.1 at 14 ports to 0.0.0.0:8080". */
static void put_peer(const struct page *page, const struct connection_summary *summary)
{
    char number[WORDS];
    if (summary->is_accepted)
        fputs("from ", page->out);
    else if (summary->service != NULL)
        fprintf(page->out, "%s ", summary->service);
    page__ink(page, INK_STRONG);
    page__text(page, summary->peer[0] != '\0' ? summary->peer : "a peer that is not known");
    page__ink(page, INK_PLAIN);
    if (summary->is_cut)
        fputs("…", page->out);
    if (summary->is_accepted && summary->ports > 1)
        fprintf(page->out, ", %s ports", words__number(number, summary->ports));
    if (summary->listener != NULL) {
        fputs(", to ", page->out);
        page__text(page, summary->listener);
    }
}

static void put_place(const struct page *page, const struct stack *stack)
{
    const struct frame *frame = stack__user_frame(stack);
    if (frame == NULL) {
        fputs(" at a place that is not known", page->out);
        return;
    }
    fputs(" at ", page->out);
    page__place(page, frame);
    if (frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
}

/* What the scheduler and the clock decide differs from run to run. */
static void put_numbers(const struct page *page, const struct connection_summary *summary)
{
    char text[WORDS];
    fprintf(page->out, ": %s held", words__number(text, summary->held));
    fprintf(page->out, ", peak %s%s", summary->peak_is_bound ? "at most " : "", words__number(text, summary->peak));
    if (summary->longest >= WORDS_SHORTEST && !page->options->stable)
        fprintf(page->out, ", longest %s", words__duration(text, summary->longest));
}

static void put_states(const struct page *page, const struct connection_summary *summary)
{
    const struct {
        uint64_t count;
        const char *one, *many;
    } states[] = {
        {summary->hung_up, "in CLOSE_WAIT, its peer has hung up", "in CLOSE_WAIT, their peer has hung up"},
        {summary->over, "reset, timed out or ended by both sides", "reset, timed out or ended by both sides"},
        {summary->closing, "half closed by the process", "half closed by the process"},
        {summary->connecting, "not connected yet", "not connected yet"},
    };
    const char *separator = "    ";
    char text[WORDS];
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (states[i].count == 0)
            continue;
        fprintf(page->out, "%s%s %s", separator, words__number(text, states[i].count),
                words__plural(states[i].count, states[i].one, states[i].many));
        separator = "; ";
    }
    if (separator[0] == ';')
        putc('\n', page->out);
}

static void put_idle(const struct page *page, const struct connection_summary *summary)
{
    char text[WORDS];
    if (summary->idle_long == 0 || page->options->stable)
        return;
    fprintf(page->out, "    %s idle", words__number(text, summary->idle_long));
    fprintf(page->out, " for more than %s", words__duration(text, page->report->idle));
    fprintf(page->out, ", at most %s", words__duration(text, summary->idle_longest));
    if (summary->waiting > 0) {
        fprintf(page->out, ", while %s %s", words__number(text, summary->waiting),
                words__plural(summary->waiting, "thread waits", "threads wait"));
        fprintf(page->out, " for a %s", resource__noun(summary->waits_for, 1));
        put_place(page, summary->waits);
    }
    putc('\n', page->out);
}

static const char *module_of(const struct page *page, const struct connection_summary *summary)
{
    for (size_t i = 0; i < page->report->process_count; i++)
        if (page->report->processes[i].command == summary->program)
            return base_name(page->report->processes[i].exe);
    return "";
}

static void put_summary(const struct page *page, const struct connection_summary *summary, bool names_program)
{
    fputs("  ", page->out);
    put_peer(page, summary);
    put_numbers(page, summary);
    fputs(summary->is_accepted ? ", accepted" : ", opened", page->out);
    put_place(page, summary->stack);
    if (summary->call != NULL) {
        fputs(" (", page->out);
        page__call(page, summary->call);
        putc(')', page->out);
    }
    if (names_program) {
        fputs(", in ", page->out);
        page__text(page, summary->program);
    }
    if (summary->processes > 1)
        fprintf(page->out, ", in %u processes", summary->processes);
    putc('\n', page->out);
    put_states(page, summary);
    put_idle(page, summary);
    if (page->options->full && summary->stack != NULL)
        page__stack(page, summary->stack, "        ", module_of(page, summary));
}

void text_connections__list(const struct page *page)
{
    const struct report *report = page->report;
    const struct report_options *options = page->options;
    size_t most = options->top_is_given ? options->top : options->full ? 0 : SHOWN, count = report->connection_count;
    bool names_programs = are_of_several(report);
    if (!report->connections_asked)
        return;
    fputs(count > 0 ? "connections held, by peer and place, most first\n" : "no connection was seen to be held\n",
          page->out);
    for (size_t i = 0; i < count && (most == 0 || i < most); i++)
        put_summary(page, &report->connections[i], names_programs);
    if (most > 0 && most < count)
        fprintf(page->out, "… and %zu more %s (--top 0 shows all)\n", count - most,
                words__plural(count - most, "peer or place", "peers and places"));
    putc('\n', page->out);
}
