"""Threads that outlive the interpreter: their frames are freed memory, which is neither read nor told."""
import os

import compared
from compared import HELPERS, every_python

FREED_IS_GARBAGE = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0", "MALLOC_PERTURB_": "165", "PYTHONMALLOC": "malloc"}


class Teardown(compared.Compared):
    def end(self, python, when, behind=(), **more):
        self.run_program(python, "daemon.py", when,
                         environment=self.preloaded(behind=behind, **FREED_IS_GARBAGE, **more))
        [ledger] = self.ledgers()
        opened = [ledger.lines(ledger.stack_of(slot)) for slot in ledger.slots if slot["detail"].endswith("/fifo")
                  and int(slot["open_flags"], 0) & os.O_ACCMODE == os.O_RDONLY and slot["word"].startswith("held")]
        self.assertGreater(len(opened), 0, "no daemon got on: the test tests nothing")
        for lines in opened:
            if lines:
                self.assertEqual(lines[0][:2], ("waiting", 18), lines)
                self.assertTrue(all(name.endswith((".py", ">")) for _, _, name in lines), lines)

    @every_python()
    def test_as_modules_go(self, python):
        self.end(python, "modules")

    @every_python()
    def test_after_the_end(self, python):
        self.end(python, "later", [os.path.join(HELPERS, "latecomer.so")], LATECOMER_FIFO=os.path.join(self.work, "fifo"))


if __name__ == "__main__":
    compared.main()
