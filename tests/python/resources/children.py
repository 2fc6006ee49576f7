"""Children that nobody waits for, beside others that are waited for: spawned, and of subprocess, which prefers vfork from 3.10 on.

expect: child-leak level=error count=4 line=popen
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


for i in range(7):
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
