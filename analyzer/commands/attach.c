/* leakwatch attach, leakwatch detach: watch a process that runs already, and let it go again. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/children.h"
#include "attach/loan.h"
#include "attach/room.h"
#include "attach/room.h"
#include "attach/session.h"
#include "attach/target.h"
#include "base/complain.h"
#include "base/heap.h"
#include "base/words.h"
#include "commands.h"
#include "configuration.h"
#include "help_text.h"
#include "run/environment.h"
#include "run/mapped_ledgers.h"
#include "run/settings.h"

static const char attach_doc[] =
    "Watches a process that runs already, without a restart and without a debugger: from now on until it ends or is "
    "let "
    "go by leakwatch detach.\v"
    "WHAT IT DOES\n"
    "  A thread of its own loads libleakwatch.so in the process, which runs on; then the calls of all of its modules, "
    "and of those that it loads later, lead through the library. One thread pauses for it, for some milliseconds. "
    "Ledgers are written to the directory that --ledgers names; `leakwatch report PID`, `trend PID` and `serve DIR` "
    "read them at any time.\n"
    "\n"
    "WHAT IT CANNOT SEE\n"
    "  What was open before is told as untracked-fd, with its path, and for how long at least it was open. Missed for "
    "good are calls through addresses that the program had stored before, or got from dlsym; what is linked into the "
    "program itself; name spaces of dlmopen; other libraries that stand before the C library; programs that the "
    "process executes later (children that it forks are watched).\n"
    "\n"
    "WHAT IT DOES TO CALLS THAT WAIT\n"
    "  The thread that pauses may be waiting in a system call, which the kernel then interrupts, and which goes on as "
    "if nothing had been; none fails by EINTR. One of these that has a limit of time, of epoll_wait, semtimedop, "
    "sigtimedwait or a socket's, begins anew, and so may last up to twice as long.\n"
    "\n"
    "WHERE LITTLE MEMORY IS LEFT\n"
    "  A process that may map, or that locks all its memory and may lock, no more than 16 MiB beyond what it has "
    "(ulimit -v, -l) is left alone.\n"
    "\n"
    "WHERE NO DESCRIPTOR IS LEFT\n"
    "  The library needs a few for a moment. Where fewer than 8 are free, the limit of the process (ulimit -n) is "
    "raised by 64 for some milliseconds, up to the hard limit by its own user, beyond that as root, and put back. If "
    "this command is killed in between, the process keeps the higher limit at worst.\n"
    "\n"
    "EXIT STATUS\n"
    "  0: it is watched; 2: it is not, and one line says why. Of several: 2 where that is so of one.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch attach --ledgers /var/tmp $(pidof nginx)\n"
    "  leakwatch report 4711\n"
    "  leakwatch detach 4711";

static const char detach_doc[] =
    "Lets a process go that leakwatch attach watches: its calls lead to the C library again. Its ledger stays, and "
    "says "
    "until when the process was watched.\v"
    "The library stays mapped and does nothing. The process can be attached to again, and then begins another ledger.\n"
    "\n"
    "EXIT STATUS\n"
    "  0: it is not watched any more; 2: it could not be let go, and one line says why.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch detach 4711";

enum key { KEY_LEDGERS = 850 };

static const struct argp_option attach_options[] = {
    {"ledgers", KEY_LEDGERS, "DIR", 0, "Directory for its ledgers (default: the working directory of this command)", 0},
    {0},
};

struct attach_input {
    uint32_t *pids;
    size_t count, room;
    const char *ledgers;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct attach_input *input = state->input;
    switch (key) {
    case KEY_LEDGERS:
        input->ledgers = value;
        break;
    case ARGP_KEY_ARG:
        input->pids = heap__room(input->pids, input->count, &input->room, sizeof input->pids[0]);
        if (!mapped_ledgers__is_number(value, &input->pids[input->count++]))
            argp_error(state, "'%s' is not the number of a process", value);
        break;
    case ARGP_KEY_END:
        if (input->count == 0)
            argp_error(state, "no process named");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp attach_argp = {.options = attach_options,
                                        .parser = parse,
                                        .args_doc = "PID…",
                                        .doc = attach_doc,
                                        .help_filter = help_text__filter};
static const struct argp detach_argp = {
    .parser = parse, .args_doc = "PID…", .doc = detach_doc, .help_filter = help_text__filter};

/* ---- What it says ------------------------------------------------------------------------------------------------ */

static int refuse(char *reason)
{
    int status = complain("%s", reason);
    free(reason);
    return status;
}

static const char *why(uint32_t result)
{
    static const char *const reasons[] = {
        [LEAKWATCH_ATTACH_UNFINISHED] = "the library has not answered",
        [LEAKWATCH_ATTACH_WRONG_STATE] = "it is being attached to or detached from by another",
        [LEAKWATCH_ATTACH_NOT_LATE] = "the library was loaded with the program",
        [LEAKWATCH_ATTACH_FORBIDDEN] = "its system calls are filtered, or strict=1 is set",
        [LEAKWATCH_ATTACH_NO_LEDGER] = "no ledger could be made; is there room, and may it write there?",
        [LEAKWATCH_ATTACH_NO_MEMORY] = "it has no memory, or no descriptor, for what that takes",
        [LEAKWATCH_ATTACH_MACHINE] = "the library does not know how on this processor",
    };
    return result < sizeof reasons / sizeof reasons[0] && reasons[result] != NULL ? reasons[result] : "unknown";
}

static int judge(const struct session *session)
{
    const struct attach_target *target = session->target;
    if (session->attachment.result == LEAKWATCH_ATTACH_DONE)
        return EXIT_SUCCESS;
    return complain("process %" PRIu32 " (%s) is as it was: %s", target->pid, target->name,
                    why(session->attachment.result));
}

static void tell_of_attach(const struct session *session, const char *directory)
{
    const struct leakwatch_attachment *attachment = &session->attachment;
    complain("watches process %" PRIu32 " (%s): %" PRIu32 " %s of %" PRIu32 " %s %s through the library",
             session->target->pid, session->target->name, attachment->changed,
             words__plural(attachment->changed, "call", "calls"), attachment->modules,
             words__plural(attachment->modules, "module", "modules"),
             words__plural(attachment->changed, "leads", "lead"));
    if (attachment->left > 0)
        complain("%" PRIu32 " had to be left: another library stands there", attachment->left);
    if (strncmp(attachment->ledger, directory, strlen(directory)) != 0)
        complain("%s could not take its ledger", directory);
    complain("a thread paused for %.1f ms; ledger: %s", (double)session->longest_pause / 1e6, attachment->ledger);
}

/* A master does no work: its workers do, and they were there before. */
static void tell_of_children(uint32_t pid)
{
    size_t count = 0;
    uint32_t *children = children__unwatched(pid, &count);
    char *line = heap__copied("");
    for (size_t i = 0; i < count; i++) {
        char *longer = heap__printed("%s %" PRIu32, line, children[i]);
        free(line);
        line = longer;
    }
    if (count == 1)
        complain("process %" PRIu32 " has a child that is not watched: leakwatch attach%s", pid, line);
    else if (count > 1)
        complain("process %" PRIu32 " has %zu children that are not watched: leakwatch attach%s", pid, count, line);
    free(line);
    free(children);
}

/* ---- What it does ------------------------------------------------------------------------------------------------ */

/* The settings are this command's, as they would be of a program that it runs. Values with a colon are quoted. */
static bool set_options(struct leakwatch_attachment *attachment, const char *directory)
{
    const char *given = getenv("LEAKWATCH_OPTIONS"), *quote = strchr(directory, '\'') == NULL ? "'" : "\"";
    int length =
        snprintf(attachment->options, sizeof attachment->options, "%s%sdir=%s%s%s:keep=all:quiet=1",
                 given != NULL ? given : "", given != NULL && given[0] != '\0' ? ":" : "", quote, directory, quote);
    return length >= 0 && (size_t)length < sizeof attachment->options;
}

/* NULL, or why not, allocated: with a few descriptors lent, where the process has none left. */
static char *perform(struct session *session)
{
    struct leakwatch_loan loan;
    char *reason = loan__make(&loan, session->target);
    session->attachment.loan = loan;
    if (reason == NULL)
        reason = session__perform(session);
    loan__take_back(&loan, session->target);
    return reason;
}

static int attach(struct session *session, const char *directory)
{
    const struct attach_target *target = session->target;
    char *reason = attach_target__may_attach(target);
    if (reason == NULL)
        reason = attach_target__may_write(target, directory);
    if (reason == NULL && target->mapped_library == NULL)
        reason = room__refusal(target);
    if (reason == NULL && !set_options(&session->attachment, directory))
        reason = heap__copied("LEAKWATCH_OPTIONS is too long");
    if (reason == NULL)
        reason = perform(session);
    if (reason != NULL)
        return refuse(reason);
    int status = judge(session);
    if (status == EXIT_SUCCESS)
        tell_of_attach(session, directory);
    return status;
}

static int detach(struct session *session)
{
    char *reason = attach_target__may_detach(session->target);
    if (reason == NULL)
        reason = perform(session);
    if (reason != NULL)
        return refuse(reason);
    int status = judge(session);
    if (status == EXIT_SUCCESS)
        complain("let process %" PRIu32 " (%s) go: %" PRIu32 " %s to the C library again; a thread paused for "
                 "%.1f ms; ledger: %s",
                 session->target->pid, session->target->name, session->attachment.changed,
                 words__plural(session->attachment.changed, "call leads", "calls lead"),
                 (double)session->longest_pause / 1e6,
                 session->attachment.ledger[0] != '\0' ? session->attachment.ledger : "none was written");
    return status;
}

static int with_target(uint32_t pid, bool is_attach, const char *library, const char *directory)
{
    struct attach_target target;
    char *reason = attach_target__open(&target, pid, library);
    struct session session = {.target = &target,
                              .library = target.mapped_library != NULL ? target.mapped_library : library,
                              .function = is_attach ? LEAKWATCH_ATTACH : LEAKWATCH_DETACH};
    int status = reason != NULL ? refuse(reason) : is_attach ? attach(&session, directory) : detach(&session);
    attach_target__close(&target);
    return status;
}

/* One after the other: what is refused to one is done to the others. */
static int with_targets(struct attach_input *input, bool is_attach, const char *library, const char *directory)
{
    size_t done = 0;
    for (size_t i = 0; i < input->count; i++)
        if (with_target(input->pids[i], is_attach, library, directory) == EXIT_SUCCESS)
            input->pids[done++] = input->pids[i];
    for (size_t i = 0; is_attach && i < done; i++)
        tell_of_children(input->pids[i]);
    return done == input->count ? EXIT_SUCCESS : EXIT_TROUBLE;
}

static int perform_either(const struct command *command, int argc, char **argv, bool is_attach)
{
    struct attach_input input = {.ledgers = "."};
    configuration__parse(command, argc, argv, 0, &input);
    char *library = environment__library(), *directory = realpath(input.ledgers, NULL);
    int status = EXIT_TROUBLE;
    if (library == NULL)
        complain("libleakwatch.so is not where LEAKWATCH_LIBRARY, this command or an installation would have it");
    else if (directory == NULL)
        complain("%s: %s", input.ledgers, strerror(errno));
    else if (!is_attach || settings__check(library) == 0)
        status = with_targets(&input, is_attach, library, directory);
    free(library);
    free(directory);
    free(input.pids);
    return status;
}

static int perform_attach(int argc, char **argv)
{
    return perform_either(&command_attach, argc, argv, true);
}

static int perform_detach(int argc, char **argv)
{
    return perform_either(&command_detach, argc, argv, false);
}

const struct command command_attach = {"attach", "watch a process that runs already", &attach_argp, perform_attach};
const struct command command_detach = {"detach", "let it go again", &detach_argp, perform_detach};
