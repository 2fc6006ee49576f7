"""Of a look that `leakwatch top` takes, what each process costs: so little that 200 can be looked at each second within a
fiftieth of a processor. Counted: system calls and instructions. (What that is in time, only a quiet machine tells.)"""

import shutil
import sys

from counting import calls, instructions

# Of a process whose ledger has 100 KiB, that has done nothing since the last look, and that has done something.
MOST_CALLS = {False: 15, True: 24}
MOST_INSTRUCTIONS = {False: 240_000, True: 420_000}
TOOLS = {"strace": ("system calls", MOST_CALLS, calls), "valgrind": ("instructions", MOST_INSTRUCTIONS, instructions)}

missing = [tool for tool in TOOLS if not shutil.which(tool)]
for tool, (what, most, of_one) in TOOLS.items():
    if tool in missing:
        continue
    for busy in False, True:
        found = of_one(["looking", "processes"], busy)
        print(f"a look at a process, {'busy' if busy else 'idle'}: {found:,.1f} {what} (at most {most[busy]:,})")
        assert found <= most[busy], what
if missing:
    print(f"skipped, in part: there is no {' and no '.join(missing)} to count with")
    sys.exit(77)
