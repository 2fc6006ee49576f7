/* leakwatch pytest: runs pytest watched, with the plugin that is part of leakwatch.py, which nobody has to install. */
#include <stdint.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "commands.h"
#include "help_text.h"
#include "run/environment.h"
#include "run/search_path.h"

enum { EXIT_OWN_FAILURE = 125 };

static const char doc[] =
    "Runs pytest ARG… watched: each test is a scope, and one that passes and leaves something open fails, with the "
    "lines "
    "of Python that opened it. All arguments are pytest's. Nothing needs to be installed or imported: the plugin "
    "(leakwatch.py) is the one that came with this command.\v"
    "It is the pytest that PATH finds, or python3 -m pytest where it finds none; PYTHON names another interpreter. Its "
    "workers (-n of xdist) are "
    "watched, "
    "too. --leakwatch=warn makes warnings of the failures, --leakwatch=off leaves the tests alone. @pytest.mark.leaks "
    "(\"reason\") is for a test that may leave something open.\n"
    "\n"
    "EXIT STATUS\n"
    "  pytest's own: 1 when a test failed or has left something open; 2 as well when there is no pytest; otherwise as "
    "of leakwatch run.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch pytest\n"
    "  leakwatch pytest -n 4 tests/test_pool.py\n"
    "  leakwatch pytest --leakwatch=warn -k download\n"
    "  leakwatch gate -- leakwatch pytest";

static const struct argp argp = {.args_doc = "[ARG…]", .doc = doc, .help_filter = help_text__filter};

/* For the interpreters that are started from now on: what the user put there comes behind. */
static int add_python_path(void)
{
    char *directory = environment__python();
    if (directory == NULL)
        return complain("leakwatch.py is neither beside this command nor where it would be installed");
    const char *before = getenv("PYTHONPATH");
    bool has_more = before != NULL && before[0] != '\0';
    char *path = has_more ? heap__printed("%s:%s", directory, before) : heap__copied(directory);
    if (setenv("PYTHONPATH", path, 1) != 0)
        heap__ran_out();
    free(path);
    free(directory);
    return 0;
}

static bool is_there(const char *command)
{
    char *path = search_path__find(command);
    free(path);
    return path != NULL;
}

static bool has_pytest(const char *python)
{
    static const char ask[] = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pytest') is None)";
    const char *const words[] = {python, "-c", ask, NULL};
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, python, NULL, NULL, (char *const *)(uintptr_t)words, environ) != 0)
        return false;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Whose module pytest is to run: what PYTHON names. NULL: PATH has a pytest of its own. */
static const char *interpreter(void)
{
    const char *named = getenv("PYTHON");
    if (named != NULL && named[0] != '\0')
        return named;
    return is_there("pytest") ? NULL : "python3";
}

static int run(int argc, char **argv)
{
    const char *python = interpreter();
    const char *const by_name[] = {"--", "pytest", "-p", "leakwatch"};
    const char *const by_module[] = {"--", python, "-m", "pytest", "-p", "leakwatch"};
    bool has_name = python == NULL;
    const char *const *words = has_name ? by_name : by_module;
    if (!has_name && !has_pytest(python)) {
        complain("there is no pytest: %s does not run, or has no module of that name", python);
        return EXIT_TROUBLE;
    }
    size_t count = has_name ? sizeof by_name / sizeof by_name[0] : sizeof by_module / sizeof by_module[0];
    char **whole = heap__zeroed(count + (size_t)argc + 1, sizeof *whole);
    whole[0] = argv[0];
    for (size_t i = 0; i < count; i++)
        whole[1 + i] = (char *)(uintptr_t)words[i];
    memcpy(whole + 1 + count, argv + 1, (size_t)argc * sizeof *argv); /* and the NULL behind them */
    int status = command_run.perform((int)count + argc, whole);
    free(whole);
    return status;
}

static int perform(int argc, char **argv)
{
    bool asks = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--usage") == 0);
    if (asks)
        argp_parse(&argp, argc, argv, 0, NULL, NULL);
    return add_python_path() == 0 ? run(argc, argv) : EXIT_OWN_FAILURE;
}

const struct command command_pytest = {"pytest", "run pytest watched: tests that leave something open fail", &argp,
                                       perform};
