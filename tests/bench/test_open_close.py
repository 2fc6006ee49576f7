"""open and close, watched, cost at most 700 instructions more, which are counted, not timed: nothing may be added to the way
of every acquisition."""

from instructions import counted

LIMIT = 700

native, watched = counted("open")
added = watched - native
print(f"{native:.1f} instructions, {watched:.1f} watched: {added:.1f} more")
assert 100 < added <= LIMIT, "too many, or it was not watched"
