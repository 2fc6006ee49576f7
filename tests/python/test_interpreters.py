"""Some programs of literature/ and resources/ under every other CPython that is found: what is told of them depends on the
Python lines and on how the interpreter closes things, which differs from version to version."""
import os
import subprocess
import sys
import unittest

import watched

sys.path.insert(0, os.path.join(watched.HERE, "frames"))
from interpreters import pythons  # noqa: E402 (found by the line above)

JUDGE = os.path.join(watched.HERE, os.pardir, "programs", "judge.py")
PROGRAMS = [os.path.join(watched.HERE, *name) for name in (
    ("literature", "except_branch.py"), ("literature", "generator.py"), ("literature", "cancelled_pool.py"),
    ("resources", "files.py"), ("resources", "audited.py"), ("resources", "children.py"))]


class Interpreters(unittest.TestCase):
    def test_programs(self):
        others = [python for python in pythons() if python.path != watched.PYTHON and not python.is_debians]
        if not others:
            self.skipTest("no other CPython was found")
        for python in others:
            for program in PROGRAMS:
                with self.subTest(python=str(python), program=os.path.basename(program)):
                    done = subprocess.run([sys.executable, JUDGE, "--leakwatch", watched.LEAKWATCH, "--source", program,
                                           python.path, program], capture_output=True, text=True,
                                          timeout=watched.TIMEOUT, check=False)
                    self.assertIn(done.returncode, (0, 77), done.stdout + done.stderr)


if __name__ == "__main__":
    watched.main()
