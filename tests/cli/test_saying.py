"""The library's own line on stderr never ends, stops or hangs the program, whatever stderr is."""
import os
import resource
import shlex
import signal
import socket
import subprocess

import command
from command import LIBRARY, TIMEOUT, Place

STATUS = 42
LINE = "never gave back"


class Saying(Place):
    def setUp(self):
        super().setUp()
        self.program = self.compile("leaky")
        os.mkdir(self.path("ledgers"))

    def run_to(self, stderr, options="", prepare=None, status=STATUS):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}:{options}")
        done = subprocess.run([self.program, "/dev/null", str(STATUS)], env=environment, stderr=stderr, timeout=TIMEOUT,
                              preexec_fn=prepare, cwd=self.place, check=False, restore_signals=True)
        self.assertEqual(done.returncode, status)

    def test_a_pipe_that_is_read(self):
        reading, writing = os.pipe()
        self.run_to(writing)
        os.close(writing)
        with open(reading, encoding="utf-8") as said:
            self.assertIn(LINE, said.read())

    def test_a_pipe_that_nobody_reads(self):
        for options in ("", "nonsense=1"):
            reading, writing = os.pipe()
            os.close(reading)
            self.run_to(writing, options)
            os.close(writing)

    def test_a_pipe_that_is_full(self):
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writing, True)
        for options in ("", "nonsense=1"):
            self.run_to(writing, options)
        os.close(writing)
        with open(reading, encoding="utf-8") as said:
            self.assertNotIn(LINE, said.read())

    def test_a_socket_that_is_read_full_or_closed(self):
        near, far = socket.socketpair()
        self.run_to(near)
        self.assertIn(LINE, far.recv(4096).decode())
        near.setblocking(False)
        try:
            while True:
                near.send(b"x" * 4096)
        except BlockingIOError:
            near.setblocking(True)
        self.run_to(near)
        far.close()
        self.run_to(near)
        near.close()

    def test_a_file_at_the_limit_of_its_size(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with open(self.path("errors"), "ab") as errors:
            errors.write(b"x" * (1 << 20))
            errors.flush()
            self.run_to(errors, prepare=limit)
            self.assertEqual(os.path.getsize(errors.name), 1 << 20)

    def test_of_one_that_is_called_like_a_compiler(self):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        done = subprocess.run([self.compile("cc"), "/dev/null", str(STATUS)], env=environment, stderr=subprocess.PIPE,
                              timeout=TIMEOUT, cwd=self.place, check=False, text=True)
        self.assertEqual(done.returncode, STATUS)
        self.assert_one_line(done.stderr, LINE, "see: leakwatch report --skip-exe '' ")
        command_line = shlex.split(done.stderr.split("see: leakwatch ")[1])
        self.assertIn("[fd-leak]", self.leakwatch(*command_line).stdout)
        self.assertIn("not judged, it only carries the run (--skip-exe '' judges all)",
                      self.leakwatch("report", command_line[-1]).stdout)

    def test_of_the_systems_own_programs_that_carry_a_run(self):
        environment = self.environment(LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={self.path('ledgers')}")
        done = subprocess.run(["/bin/sh", "-c", "exec 7</dev/null; exit 5"], env=environment, stderr=subprocess.PIPE,
                              timeout=TIMEOUT, cwd=self.place, check=False, text=True)
        self.assertEqual((done.returncode, done.stderr), (5, ""))
        self.assertEqual(self.ledgers_in(self.path("ledgers")), [])


if __name__ == "__main__":
    command.main()
