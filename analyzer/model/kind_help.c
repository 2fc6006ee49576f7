/* What a kind of finding means and how it is mended. */
#include "kind_help.h"

#include <stddef.h>
#include <string.h>

static const struct kind_help helps[] = {
    {"fd-leak", "File descriptor never closed",
     "A descriptor was still open when the process ended. In a process that lives on, each one that is forgotten "
     "brings it nearer to its limit, and with it files stay locked, peers wait, and disk space stays taken.",
     "Close the descriptor on every way out of the function that owns it, error paths first. Where others of the same "
     "place were closed, compare the ways: the report says where they were."},
    {"stream-leak", "Stream never closed",
     "A FILE was still open when the process ended. It holds a descriptor, and what was written but not flushed is "
     "lost where the process ends without exit().",
     "Call fclose on every way out, and look at its result: it is where a full disk shows."},
    {"dir-leak", "Directory never closed",
     "A directory that was opened for reading was still open when the process ended. It holds a descriptor and memory.",
     "Call closedir (fts_close) on every way out of the loop, early returns included."},
    {"child-leak", "Child process never waited for",
     "A child process was left that nobody waited for, though others of its place were waited for, or there were many. "
     "Once it has ended it stays in the table of processes "
     "as a zombie as long as its parent lives.",
     "Call waitpid for every child, pclose for what popen opened, or ignore SIGCHLD where the results do not matter."},
    {"fd-exhausted", "The table of descriptors was full",
     "A call failed with EMFILE or ENFILE. Programs rarely get through this unharmed: servers stop to accept, logs "
     "stop, libraries fail in odd ways.",
     "See who held the table at that moment, and mend the leak there. Raise the limit only if all of them are needed."},
    {"limit-reached", "Another limit than that of descriptors was reached",
     "A call failed with EMFILE, which is also the word for other limits: message queues, inotify instances. The table "
     "of descriptors had room.",
     "See what else of this user holds such things, and whether all of them are needed; or raise that limit."},
    {"inherited-fd", "Descriptor crosses an exec",
     "A descriptor without O_CLOEXEC was open while the process executed another program, which now holds it: files "
     "stay open, sockets do not close, secrets become readable.",
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
     "meant to live longer can be handed over to an outer scope."},
    {"unbalanced-scope", "Scope never ended, or ended twice",
     "The beginning and the end of a scope do not match: a jump, a thread's end or exit() skipped the end, or it was "
     "ended twice. What was acquired meanwhile may be charged to the wrong scope.",
     "Let a block or a guard end the scope (LEAKWATCH_SCOPE, leakwatch::scope), or detach it before it changes "
     "threads."},
    {"release-order", "Given back out of order",
     "What was acquired first in a scope was given back before what was acquired after it. That is no leak, but it "
     "often shows that two resources do not belong to the same owner.",
     "Give back in the reverse order, or leave it: this is told only when it is asked for."},
    {"double-close", "Released twice",
     "A descriptor, a stream or a directory was released that had been released before. Between the two another "
     "thread may have got the same number: then the second release closes a stranger's file or socket, and the damage "
     "shows far away.",
     "Let one owner release it, and set the variable to -1 or NULL right after. Both releases are shown: take away "
     "the one that does not belong to the owner. After EINTR do not call close again. Where the number had been "
     "another's "
     "before, the first one may have been meant for that: LEAKWATCH_OPTIONS=reuse=late tells which it was."},
    {"use-after-close", "Used after it had been closed",
     "A call was made on a number that this program had closed, and failed with EBADF. Nothing was hit this time, "
     "because "
     "nobody had got the number since; as soon as somebody has, such a call reads, writes or closes a stranger's file "
     "or "
     "socket, and that is reported by nobody.",
     "Let who closes it also take it away from all who use it: set the variable to -1, take the descriptor out of the "
     "event loop before it is closed, and stop its threads. LEAKWATCH_OPTIONS=reuse=late finds more of these."},
    {"invalid-release", "Released what is no resource",
     "A release was called with something that cannot be a resource, such as close(-1) or fclose(NULL). Mostly an "
     "acquisition had failed before and nobody had looked; some of these calls end the process.",
     "Look at the result of the acquisition, and release only what was acquired."},
    {"foreign-close", "Closed by somebody who does not own it",
     "close was called for a descriptor that a stream, a directory or another part of the program owns. The owner "
     "goes on to use the number, which by then may be somebody else's file.",
     "Give it back through its owner: fclose for what fdopen or fopen made, closedir for a directory. Who needs a "
     "descriptor of his own takes one with dup."},
    {"clobbered-fd", "Replaced while open",
     "dup2 or dup3 was called over a descriptor that was open. That closes it in passing, and if that close fails, "
     "written data is lost and nobody is told.",
     "Close the old one first and look at the result, then call dup2. For standard input, output and error, call "
     "fflush and fsync before if something was written."},
    {"swallowed-error", "An error that nobody looked at",
     "A release, a sync or a shutdown failed, and the program did not look at the result: the machine code behind the "
     "call was read, and what it does with the result stands with the finding. After a failed close, written data may "
     "be lost (EIO, ENOSPC, EDQUOT).",
     "Look at the result, and report the failure to whoever asked for the work. Call fsync before where data must be "
     "safe, and do not repeat a close that failed."},
    {"lost-write", "What was written did not arrive",
     "A write into a stream had failed, or its buffer could not be written at the end, and nothing in the program "
     "noticed: the file is incomplete although the program seemed to succeed.",
     "Call fflush and ferror, or look at the result of fclose, before success is reported; for standard output, too, "
     "at the end of the program."},
    {"unchecked-release", "A result that nobody would look at",
     "A call releases something that was written to, and the code behind it ignores the result. It has not failed "
     "here; on a full disk or over a quota it would, and nobody would be told. This is told only with --audit.",
     "Look at the result of close and fclose wherever something was written."},
};

const struct kind_help *kind_help__find(const char *kind)
{
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++)
        if (strcmp(helps[i].kind, kind) == 0)
            return &helps[i];
    return NULL;
}
