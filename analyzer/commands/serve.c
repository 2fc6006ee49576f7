/* leakwatch serve: the processes of a directory as metrics and pages. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "serve/server.h"
#include "writing.h"

enum { PROCESSES = 1000, SITES = 50 };
static const char usual_address[] = "127.0.0.1:9464";

static const char doc[] =
    "Serves what is known of the processes that keep their ledgers in DIR: metrics for Prometheus and whatever reads "
    "its "
    "format, pages that refresh themselves, and the same as JSON. It reads ledgers, and files of /proc: a process "
    "notices nothing of it.\v"
    "WHAT IS SERVED\n"
    "  /metrics                          OpenMetrics or Prometheus's text, as is asked for\n"
    "  /                                 all processes; from there the report and the trend of each\n"
    "  /report, /trend                   those of all processes\n"
    "  /processes/PID/report, …/trend    those of one; /processes/PID is its trend\n"
    "  /api/processes, …/PID             what / shows as JSON (leakwatch.processes/1), of all and of one\n"
    "  /api/report, /api/trend, /api/processes/PID/report, …/trend\n"
    "                                    the others as JSON (leakwatch.report/1, leakwatch.trend/1)\n"
    "  /api                              the paths of these\n"
    "  /healthz, /readyz                 200 while it runs, and while DIR can be read\n"
    "\n"
    "There is neither encryption nor a password: where others than this machine's users may ask, let a reverse proxy "
    "listen, and leave this one at loopback. A request may take 10 s; of more than 64 connections the one whose time "
    "is "
    "over first is closed. Each process that runs takes a descriptor of this one's, up to half of its limit; more are "
    "asked for in /proc.\n"
    "\n"
    "EXIT STATUS\n"
    "  0 after SIGTERM or SIGINT, or, with --textfile, when the file is written; 2 for trouble: wrong usage, an "
    "address "
    "that cannot be listened at, a directory that cannot be read, a file that cannot be written.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch serve /var/lib/leakwatch\n"
    "  leakwatch serve --listen '[::1]:9464' /var/lib/leakwatch\n"
    "  leakwatch serve --textfile /var/lib/prometheus/node-exporter/leakwatch.prom /var/lib/leakwatch";

enum key { KEY_LISTEN = 800, KEY_TEXTFILE, KEY_PROCESSES, KEY_SITES, KEY_PROGRAM, KEY_DEBUGINFOD };

static const struct argp_option option_table[] = {
    {"listen", KEY_LISTEN, "ADDRESS:PORT", 0,
     "Where to listen (default: 127.0.0.1:9464): numbers, IPv6 in brackets; port 0: any that is free", 0},
    {"textfile", KEY_TEXTFILE, "FILE", 0,
     "Write the metrics to FILE, whole or not at all, and end: for node_exporter's collector of this name", 0},
    {"sites", KEY_SITES, "N", 0, "Metrics of the N worst places (default 50)", 0},
    {"processes", KEY_PROCESSES, "N", 0, "Metrics of the N worst processes (default 1000)", 0},
    {"program", KEY_PROGRAM, "GLOB", 0, "Only processes whose program's name matches", 0},
    {"debuginfod", KEY_DEBUGINFOD, NULL, 0, "Ask the servers of DEBUGINFOD_URLS for debugging information", 0},
    {0},
};

struct serve_input {
    struct watchtower_options watchtower;
    struct server_address address;
    const char *textfile; /* NULL: it serves */
};

static void take_address(struct serve_input *input, struct argp_state *state, const char *text)
{
    server_address__clear(&input->address);
    if (!server_address__parse(&input->address, text))
        wrong_value(state, "--listen wants ADDRESS:PORT in numbers, as %s or [::1]:9464, not '%s'", usual_address,
                    text);
}

static void check(const struct serve_input *input, struct argp_state *state)
{
    if (input->watchtower.directory == NULL)
        argp_error(state, "no directory named");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct serve_input *input = state->input;
    switch (key) {
    case KEY_LISTEN:
        take_address(input, state, value);
        break;
    case KEY_TEXTFILE:
        input->textfile = value;
        break;
    case KEY_SITES:
        input->watchtower.metrics.sites = number_argument(state, "--sites", value, INT_MAX);
        break;
    case KEY_PROCESSES:
        input->watchtower.metrics.processes = number_argument(state, "--processes", value, INT_MAX);
        break;
    case KEY_PROGRAM:
        input->watchtower.gathering.program = program_argument(state, value);
        break;
    case KEY_DEBUGINFOD:
        input->watchtower.symbols.debuginfod = true;
        break;
    case ARGP_KEY_ARG:
        if (input->watchtower.directory != NULL)
            argp_error(state, "one directory, not '%s' too", value);
        input->watchtower.directory = value;
        break;
    case ARGP_KEY_END:
        check(input, state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "DIR", .doc = doc, .help_filter = help_text__filter};

/* ---- What it does ------------------------------------------------------------------------------------------------ */

static void print_metrics(FILE *out, const void *context)
{
    watchtower__metrics(context, out, false);
}

/* Of one that cannot be read, or is none. */
static int refuse_directory(const char *directory, int error)
{
    return complain("%s: %s; serve wants the directory of ledgers, dir= of LEAKWATCH_OPTIONS", directory,
                    strerror(error));
}

static int write_textfile(const struct serve_input *input, struct watchtower *watchtower)
{
    if (!watchtower__look(watchtower))
        return refuse_directory(input->watchtower.directory, errno);
    return writing__to_file(input->textfile, print_metrics, watchtower) == 0 ? EXIT_SUCCESS : EXIT_TROUBLE;
}

static void tell(const struct server_address *address)
{
    complain("serves http://%s:%u/metrics", address->host, address->port);
    if (!address->is_loopback)
        complain("whoever reaches %s may ask: neither encryption nor a password stands before it; a reverse proxy does "
                 "better, with --listen %s",
                 address->host, usual_address);
}

/* A descriptor from which the signals that end it can be read. */
static int open_ending(void)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigset_t ending;
    sigaction(SIGPIPE, &ignored, NULL);
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    return signalfd(-1, &ending, SFD_CLOEXEC);
}

static int serve(struct serve_input *input, struct watchtower *watchtower)
{
    if (!watchtower__look(watchtower)) /* a mistyped one had better be told of now */
        return refuse_directory(input->watchtower.directory, errno);
    int ending = open_ending();
    if (ending < 0)
        return complain("signals cannot be waited for: %s", strerror(errno));
    struct server *server = server__start(&input->address, watchtower);
    if (server != NULL) {
        tell(&input->address);
        server__serve(server, ending);
        server__stop(server);
    }
    close(ending);
    return server != NULL ? EXIT_SUCCESS : EXIT_TROUBLE;
}

static int perform(int argc, char **argv)
{
    struct serve_input input = {
        .watchtower = {.metrics = {.processes = PROCESSES, .sites = SITES}},
    };
    server_address__parse(&input.address, usual_address);
    configuration__parse(&command_serve, argc, argv, 0, &input);
    struct watchtower *watchtower = watchtower__new(&input.watchtower);
    int status = input.textfile != NULL ? write_textfile(&input, watchtower) : serve(&input, watchtower);
    watchtower__free(watchtower);
    server_address__clear(&input.address);
    return status;
}

const struct command command_serve = {"serve", "metrics for Prometheus, and pages that refresh themselves", &argp,
                                      perform};
