"""A handler of signals in C opens files at arbitrary instructions of the interpreter: no crash, no line that is none. Lines
are told where it interrupted a system call: elsewhere frames may be half made."""
import json
import os

import compared
from compared import HELPERS, every_python

COUNT = 6100


class Bursts(compared.Compared):
    @every_python()
    def test_bursts(self, python):
        output = self.run_program(python, "bursts.py", os.path.join(HELPERS, "bursts.so"), str(COUNT))
        self.assertEqual(output.split(), [str(COUNT)])
        with open(os.path.join(self.work, "lines.json"), encoding="utf-8") as file:
            known = {tuple(line) for line in json.load(file)}
        [ledger] = self.ledgers()
        stacks = [ledger.frames(site["stack"]) for site in ledger.rows["site"].values() if site["call"].startswith("open")]
        stacks = [stack for stack in stacks if any(str(frame).endswith("bursts.so") for frame in stack)]
        with_lines = [lines for lines in (list(filter(is_line, stack)) for stack in stacks) if lines]
        print(f"{python}: {len(with_lines)} of {len(stacks)} stacks of the handler have lines")
        self.assertGreater(len(stacks), 1)
        self.assertGreater(len(with_lines), 0, "none was interrupted in a system call")
        for lines in with_lines:
            self.assertEqual([line for line in lines if line not in known and not line[2].startswith("<frozen")], [], lines)
            self.assertEqual(lines[-1][0], "<module>", lines)


def is_line(frame):
    return isinstance(frame, tuple)


if __name__ == "__main__":
    compared.main()
