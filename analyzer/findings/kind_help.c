/* What a kind of finding means and how it is mended. */
#include "kind_help.h"

#include <stddef.h>
#include <string.h>

static const struct kind_help helps[] = {
    {"fd-leak", "File descriptor never closed",
     "A descriptor was still open when the process ended. In a process that lives on, each one that is forgotten "
     "brings "
     "it nearer to its limit, and with it files stay locked, peers wait, and disk space stays taken.",
     "Close the descriptor on every way out of the function that owns it, error paths first. Where others of the same "
     "place were closed, compare the ways: the report says where they were."},
    {"stream-leak", "Stream never closed",
     "A FILE was still open when the process ended. It holds a descriptor, and what was written but not flushed is "
     "lost "
     "where the process ends without exit().",
     "Call fclose on every way out, and look at its result: it is where a full disk shows."},
    {"dir-leak", "Directory never closed",
     "A directory that was opened for reading was still open when the process ended. It holds a descriptor and memory.",
     "Call closedir (fts_close) on every way out of the loop, early returns included."},
    {"child-leak", "Child process never waited for",
     "A child process had ended, or was opened by popen, and nobody waited for it. It stays in the table of processes "
     "as "
     "a zombie as long as its parent lives.",
     "Call waitpid for every child, pclose for what popen opened, or ignore SIGCHLD where the results do not matter."},
    {"fd-exhausted", "The table of descriptors was full",
     "A call failed with EMFILE or ENFILE. Programs rarely get through this unharmed: servers stop to accept, logs "
     "stop, "
     "libraries fail in odd ways.",
     "See who held the table at that moment, and mend the leak there. Raise the limit only if all of them are needed."},
    {"inherited-fd", "Descriptor crosses an exec",
     "A descriptor without O_CLOEXEC was open while the process executed another program, which now holds it: files "
     "stay "
     "open, sockets do not close, secrets become readable.",
     "Open with O_CLOEXEC, SOCK_CLOEXEC, fopen's \"e\" or their like, which is safe with threads; or close it in the "
     "child before exec."},
    {"untracked-fd", "Descriptor of unknown origin",
     "A descriptor was open at the end, but nobody was seen to open it: it was inherited, or opened past the C "
     "library.",
     "Find out by its detail whose it is. If the parent of the process opened it, look at the parent's inherited-fd "
     "findings."},
    {"scope-leak", "Still held when its scope ended",
     "A piece of work (a request, a job, a test) ended and still held what it had acquired. In a server that is how "
     "descriptors run out, long before the process ends.",
     "Give it back on every way out of the scope; where only failed entries leak, look at the error paths. What is "
     "meant "
     "to live longer can be handed over to an outer scope."},
    {"unbalanced-scope", "Scope never ended, or ended twice",
     "The beginning and the end of a scope do not match: a jump, a thread's end or exit() skipped the end, or it was "
     "ended "
     "twice. What was acquired meanwhile may be charged to the wrong scope.",
     "Let a block or a guard end the scope (LEAKWATCH_SCOPE, leakwatch::scope), or detach it before it changes "
     "threads."},
    {"release-order", "Given back out of order",
     "What was acquired first in a scope was given back before what was acquired after it. That is no leak, but it "
     "often "
     "shows that two resources do not belong to the same owner.",
     "Give back in the reverse order, or leave it: this is told only when it is asked for."},
};

const struct kind_help *kind_help__find(const char *kind)
{
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++)
        if (strcmp(helps[i].kind, kind) == 0)
            return &helps[i];
    return NULL;
}
