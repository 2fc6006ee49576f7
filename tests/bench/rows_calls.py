"""Rows about single calls: what a thing costs that is taken and given back."""

from contest import NATIVE, STRACE, VALGRIND
from table import Row, nanoseconds, spread, times

RATIO_MOST, ADDED_MOST, SCALING_LEAST, HELD_MOST = 1.08, 100.0, 0.95, 1.10

CALLS = (
    # operation, what, is there a budget in nanoseconds as well?
    ("open", "open+close /dev/null, 12 frames, no frame pointers", True),
    ("fopen", "fopen+fclose", False),
    ("socket", "socket+close", False),
    ("pipe", "pipe+2 close", False),
)


def call(contest, way, operation):
    """Nanoseconds for one; fewer repetitions where a rival takes a hundred times as long."""
    repetitions = {VALGRIND: ["300", "5"], STRACE: ["200", "5"]}.get(way, ["2000", "25"])
    return float(contest.run(way, [contest.driver("calls"), operation] + repetitions, cpu=1))


def calls(contest):
    for operation, what, has_absolute in CALLS:
        measure = lambda way, operation=operation: call(contest, way, operation)
        duel = contest.duel(measure, 15)
        added = duel.watched - duel.native
        met = duel.ratio <= RATIO_MOST and (not has_absolute or added <= ADDED_MOST)
        yield Row(what, nanoseconds(duel.native), nanoseconds(duel.watched), f"{spread(duel)} {added:+.0f} ns",
                  f"{RATIO_MOST}x" + (f", +{ADDED_MOST:.0f} ns" if has_absolute else ""), met,
                  times(contest.rival(VALGRIND, measure, duel.native)),
                  times(contest.rival(STRACE, measure, duel.native)))


def noise(contest):
    """What the measurement itself is worth: native against native."""
    duel = contest.duel(lambda way: call(contest, NATIVE, "open"), 15)
    yield Row("(noise: open+close, native against native)", nanoseconds(duel.native), nanoseconds(duel.watched),
              spread(duel))


def threads(contest):
    count = 20000 if contest.quick else 100000

    def scaling(way):
        alone, together = (float(contest.run(way, [contest.driver("threads"), n, str(count)])) for n in ("1", "2"))
        return together / alone

    duel = contest.duel(scaling, 9)
    yield Row("two threads opening and closing: scaling", times(duel.native), times(duel.watched), spread(duel),
              f"at least {SCALING_LEAST}x", duel.ratio >= SCALING_LEAST)


def held(contest):
    """Descriptors as far as the limit allows, against a budget; streams without a descriptor, of which there may be more."""
    for resource, budget in (("descriptors", HELD_MOST), ("streams", None)):
        many = 0

        def growth(way, resource=resource):
            nonlocal many
            count, few_held, many_held = contest.run(way, [contest.driver("held"), resource, "100000"], cpu=1).split()
            many = int(count)
            return float(many_held) / float(few_held)

        duel = contest.duel(growth, 9)
        yield Row(f"{many:,} {resource} held: the next one against 10 held", times(duel.native), times(duel.watched),
                  f"{duel.ratio:.3f}x of native growth ({duel.low:.3f}-{duel.high:.3f})", f"{budget}x" if budget else "",
                  duel.ratio <= budget if budget else None,
                  remark="" if many >= 100000 else f"the hard limit allows {many:,}, not 100,000, on this machine")
