"""The rows of the table that scripts/bench prints, and how they are written."""

from dataclasses import dataclass, field


@dataclass
class Row:
    what: str
    native: str = ""
    watched: str = ""
    figure: str = ""          # what the budget is about
    budget: str = ""
    met: bool | None = None   # None: there is no budget, or it could not be measured
    valgrind: str = ""
    strace: str = ""
    remark: str = ""
    verdict: str = field(init=False, default="")

    def __post_init__(self):
        if self.met is not None:
            self.verdict = "met" if self.met else "MISSED"
        elif self.budget:
            self.verdict = "not measured"


COLUMNS = (
    ("what", "what"), ("native", "native"), ("watched", "leakwatch"), ("figure", "figure"), ("budget", "budget"),
    ("verdict", "verdict"), ("valgrind", "valgrind"), ("strace", "strace"),
)


def times(ratio):
    """A ratio as text; None is what could not be measured."""
    if ratio is None:
        return "-"
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"


def spread(duel):
    return f"{duel.ratio:.3f}x ({duel.low:.3f}-{duel.high:.3f})"


def nanoseconds(value):
    return f"{value:,.0f} ns" if value < 10000 else f"{value / 1000:,.1f} us"


def lines(rows):
    """The table as aligned text that is also a Markdown table."""
    cells = [[title for _, title in COLUMNS]] + [[getattr(row, name) for name, _ in COLUMNS] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    for number, line in enumerate(cells):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def remarks(rows):
    return [f"{row.what}: {row.remark}" for row in rows if row.remark]
