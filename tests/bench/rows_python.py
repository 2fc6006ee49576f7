"""Rows about Python: what its frames add to a stack that is remembered."""

import os

from contest import Unmeasurable
from table import Row

PYTHON = "/usr/bin/python3.11"  # one evaluation runs all its frames: the code on the stack is the same at each depth
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_opens.py")
SHALLOW, BUDGETS = 4, ((5, 40.0), (10, 40.0), (30, 100.0))


def measured(contest, depth):
    def once(way):
        return float(contest.run(way, [PYTHON, "-I", SCRIPT, str(depth), "2000", "20"], cpu=1))
    duel = contest.duel(once, 9)
    return duel.native, duel.watched


def frames(contest):
    if not os.access(PYTHON, os.X_OK):
        raise Unmeasurable(f"there is no {PYTHON}")
    native, watched = measured(contest, SHALLOW)
    shallow = watched - native
    for depth, most in BUDGETS:
        native, watched = measured(contest, depth)
        more = (watched - native - shallow) / 2 * (depth / (depth - SHALLOW))  # two stacks; the first frames cost as much
        yield Row(f"a stack with {depth} Python frames, beyond its code", f"{native:.0f} ns", f"{watched:.0f} ns",
                  f"{more:+.1f} ns", f"+{most:.0f} ns", more <= most)
