"""Rows about Python: what its frames add to a stack that is remembered, and a site that reads a file for each request."""

import os
import subprocess

import stack_rate
from contest import STRACE, VALGRIND, WATCHED, Unmeasurable
from rows_processes import hit_rate_row
from rows_servers import throughput_rows
from table import Row

PYTHON = "/usr/bin/python3.11"  # one evaluation runs all its frames: the code on the stack is the same at each depth
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT, SITE = os.path.join(HERE, "python_opens.py"), os.path.join(HERE, "django_requests.py")
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


# ---- A site of Django's ----------------------------------------------------------------------------------------------

def site(contest):
    if subprocess.run([PYTHON, "-I", "-c", "import django"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Unmeasurable(f"{PYTHON} has no Django (Debian: python3-django)")
    page = os.path.join(contest.directory("django"), "page.txt")
    with open(page, "w", encoding="ascii") as out:
        out.writelines(f"line {number} of the page\n" for number in range(12))

    def serve(way, count, rounds=1, **how):
        return float(contest.run(way, [PYTHON, "-I", SITE, page, str(count), str(rounds)], cpu=1, **how))

    def measure(way):
        return serve(way, 40) if way in (VALGRIND, STRACE) else serve(way, 300, 5)

    yield from throughput_rows(contest, "Django, a file for each request", measure, 9)
    yield hit_rate_row("Django's requests", *remembered(contest, serve, 200))


def remembered(contest, serve, count):
    """Of the requests alone: what a longer run counts beyond a shorter one."""
    totals = []
    for requests in (count, 3 * count):
        ledgers = contest.directory(f"django_ledgers_{requests}")
        serve(WATCHED, requests, ledgers=ledgers)
        totals.append(stack_rate.sums(contest.leakwatch, stack_rate.ledgers_in(ledgers)))
    return stack_rate.share({counter: totals[1][counter] - totals[0][counter] for counter in totals[0]})
