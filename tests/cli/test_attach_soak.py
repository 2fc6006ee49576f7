"""Programs under load are attached to and let go again, over and over: none crashes, none gives another answer.

LEAKWATCH_ATTACHES says how often each; 2 where it does not."""
import os
import re
import shutil
import time
import unittest

import command
from attachable import Java, Nginx, Node, Postgres, Python, Redis, Soak, postgres_programs
from command import Place

TIMES = int(os.environ.get("LEAKWATCH_ATTACHES") or 2)
LONGEST = 50.0  # ms that one thread may stand still
PAUSE = re.compile(r"a thread paused for ([0-9.]+) ms")


class AttachSoak(Place):
    def setUp(self):
        super().setUp()
        os.chmod(self.place, 0o755)
        self.ledgers = self.path("ledgers")
        os.mkdir(self.ledgers)
        os.chmod(self.ledgers, 0o777)

    def pause_of(self, *arguments):
        said = self.leakwatch(*arguments).stderr
        self.assertRegex(said, PAUSE)
        return float(PAUSE.search(said)[1])

    def attach_and_detach(self, kind):
        if getattr(kind, "needs", None) and not shutil.which(kind.needs):
            self.skipTest(f"{kind.needs} is not installed")
        program, pauses = kind(self), []
        for _ in range(TIMES):
            pauses.append(self.pause_of("attach", "--ledgers", self.ledgers, str(program.pid)))
            time.sleep(0.05)
            pauses.append(self.pause_of("detach", str(program.pid)))
        said = program.end()
        pauses.sort()
        middle = pauses[len(pauses) // 2]
        print(f"{kind.__name__}: {TIMES} times; pauses: median {middle:.1f} ms, longest {pauses[-1]:.1f} ms; {said}", end="",
              flush=True)
        self.assertEqual(len(self.ledgers_in(self.ledgers)), TIMES)
        if os.getloadavg()[0] < 2 * os.cpu_count():  # beyond that it waits for a processor
            self.assertLessEqual(pauses[-1], LONGEST)

    def test_threads(self):
        self.attach_and_detach(Soak)

    def test_python(self):
        self.attach_and_detach(Python)

    def test_nginx(self):
        self.attach_and_detach(Nginx)

    def test_redis(self):
        self.attach_and_detach(Redis)

    def test_java(self):
        self.attach_and_detach(Java)

    def test_node(self):
        self.attach_and_detach(Node)

    @unittest.skipUnless(postgres_programs(), "postgres is not installed")
    def test_postgres(self):
        self.attach_and_detach(Postgres)


if __name__ == "__main__":
    command.main()
