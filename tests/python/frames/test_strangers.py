"""Interpreters that are not laid out as is known: stacks stay native, and that is said once."""
import os

import compared
from compared import HELPERS, every_python

TOLD, UNKNOWN, FREE_THREADED, DIFFERS = 1, 2, 3, 4  # enum lw_python_state

PRETENDERS = (  # version, how, what is said of it
    (0x030e00f0, "described", UNKNOWN),
    (0x030e00f0, "plain", UNKNOWN),
    (0x030700f0, "plain", UNKNOWN),
    (0x02070ff0, "plain", UNKNOWN),
    (0x040b00f0, "plain", UNKNOWN),
    (0, "plain", UNKNOWN),
    (0x030d00f0, "free-threaded", FREE_THREADED),
    (0x030d00f0, "described", DIFFERS),
    (0x030d00f0, "plain", DIFFERS),
    (0x030c00f0, "described", DIFFERS),
    (0x030c00f0, "plain", DIFFERS),
    (0x030b00f0, "plain", DIFFERS),
    (0x030a00f0, "plain", DIFFERS),
    (0x030800f0, "plain", DIFFERS),
)


class Strangers(compared.Compared):
    def assert_native(self, ledger, version, state):
        said = ledger.header("process")
        self.assertEqual((int(said["python"], 0), int(said["python_state"])), (version, state))
        self.assertEqual(ledger.rows.get("line"), None)

    def test_pretenders(self):
        for number, (version, how, state) in enumerate(PRETENDERS):
            with self.subTest(version=hex(version), how=how):
                self.work = self.path(str(number))
                os.makedirs(os.path.join(self.work, "ledgers"))
                self.start([os.path.join(HELPERS, "pretender"), f"{version:x}", how])
                [ledger] = self.ledgers()
                self.assert_native(ledger, version, state)
                held = [slot for slot in ledger.slots if slot["word"].startswith("held") and slot["detail"] == "/dev/null"
                        and slot["site"] != "0"]
                self.assertEqual(len(held), 3)
                for slot in held:
                    self.assertGreaterEqual(len(ledger.frames(ledger.stack_of(slot))), 3)

    @every_python()
    def test_forged_size(self, python):
        self.run_program(python, "two.py", environment=self.preloaded(behind=[os.path.join(HELPERS, "forger.so")]))
        [ledger] = self.ledgers()
        self.assert_native(ledger, python.version if python.minor > 10 else python.version & ~0xff, DIFFERS)

    @every_python()
    def test_it_is_said_once(self, python):
        environment = self.environment(LD_PRELOAD=os.path.join(HELPERS, "forger.so"))
        done = self.leakwatch("run", "--", python.path, self.program("two.py"), environment=environment)
        said = [line for line in done.stderr.splitlines() if f"no lines of Python 3.{python.minor}: its types" in line]
        self.assertEqual(len(said), 1, done.stderr)


if __name__ == "__main__":
    compared.main()
