"""Children that nobody waits for, beside others that are waited for: of fork, of vfork, which subprocess prefers, and spawned.

expect: child-leak level=error count=4 line=popen call=fork
expect: child-leak level=error count=6 line=popen call=vfork
expect: child-leak level=error count=5 line=spawn call=posix_spawn
forbid: late-release
"""
import os
import subprocess


def start():
    return subprocess.Popen(["true"], stdin=subprocess.DEVNULL)  # leak:popen


def spawn():
    return os.posix_spawn("/bin/true", ["true"], os.environ)  # leak:spawn


def end(number):
    """It has ended, and is not waited for."""
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)


for subprocess._USE_VFORK, count in ((False, 7), (True, 11)):
    for i in range(count):
        child = start()
        if i % 2:
            child.wait()
        else:
            end(child.pid)
            child.returncode = 0  # nor does subprocess, later
for i in range(9):
    pid = spawn()
    if i % 2:
        os.waitpid(pid, 0)
    else:
        end(pid)
