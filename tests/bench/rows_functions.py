"""Rows about programs built with -finstrument-functions: what a function costs that is no scope, and one that is."""

from table import Row

WAYS = (
    # what, scopes=, nanoseconds that may be added to a call
    ("instrumented function, scopes= not set", "", 2.0),
    ("instrumented function that is not selected", "handle_*", 5.0),
    ("instrumented function as a scope", "instrumented_*", 60.0),
)


def functions(contest):
    for what, scopes, most in WAYS:
        measure = lambda way, scopes=scopes: float(
            contest.run(way, [contest.driver("functions")], cpu=1, options=f"scopes={scopes}" if scopes else ""))
        duel = contest.duel(measure, 15)
        added = duel.watched - duel.native
        yield Row(what, f"{duel.native:.1f} ns", f"{duel.watched:.1f} ns", f"{added:+.1f} ns", f"+{most:.0f} ns",
                  added <= most)
