"""A program on a terminal, with keys pressed and screens read: tmux."""
import os
import shlex
import subprocess
import time

from command import TIMEOUT


class Screen:
    """Ends with what runs on it."""

    def __init__(self, case, command, columns=80, rows=24, **environment):
        self.case = case
        self.status = case.path("screen.status")
        self.socket = case.path("screen.socket")
        values = {**case.environment(TERM="xterm-256color"), **environment}
        line = f"{shlex.join(command)}; echo $? >{shlex.quote(self.status)}; exec sleep {TIMEOUT}"
        case.addCleanup(self.tmux, "kill-server", check=False)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c", line, env=values)
        self.tmux("set-option", "-g", "window-size", "manual")
        self.resize(columns, rows)

    def tmux(self, *arguments, check=True, env=None):
        environment = env or self.case.environment()
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], env=environment, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT)
        if check:
            self.case.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def text(self, *how):
        return self.tmux("capture-pane", "-p", *how)

    def until(self, is_so, what, *how):
        """The first screen of which that is true."""
        deadline = time.monotonic() + TIMEOUT
        while not is_so(text := self.text(*how)):
            self.case.assertLess(time.monotonic(), deadline, f"{what}:\n{text}")
            time.sleep(0.05)
        return text

    def shows(self, *words):
        return self.until(lambda text: all(word in text for word in words), f"not {words}")

    def ended(self):
        """Its exit status."""
        self.until(lambda text: os.path.exists(self.status) and os.path.getsize(self.status) > 0, "it goes on")
        with open(self.status, encoding="utf-8") as file:
            return int(file.read())

    def gone(self):
        """Another may take its place."""
        os.unlink(self.status)
        self.tmux("kill-server")
        os.unlink(self.socket)
