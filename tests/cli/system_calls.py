"""Counts the system calls of a program, by strace."""
import shutil
import subprocess

from command import LIBRARY, Place


class Traced(Place):
    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        super().setUp()

    def calls(self, command, watched):
        """How often each was made."""
        output = self.path("calls")
        settings = ("-E", f"LD_PRELOAD={LIBRARY}", "-E", f"LEAKWATCH_OPTIONS=dir={self.place}") if watched else ()
        done = subprocess.run(["strace", "-c", "-o", output, *settings, *command], cwd=self.place,
                              env=self.environment(), capture_output=True, text=True, check=False)
        if "ptrace" in done.stderr:
            self.skipTest(f"no process can be traced here: {done.stderr.strip()}")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(output, encoding="utf-8") as file:
            rows = [line.split() for line in file]
        return {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}
