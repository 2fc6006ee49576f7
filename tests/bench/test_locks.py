"""An uncontended lock and unlock of a mutex takes at most 155 instructions more. They are counted, not timed; of time the
budget is ten nanoseconds (scripts/bench)."""

from instructions import counted

LIMIT = 155

native, watched = counted("lock")
added = watched - native
print(f"{native:.1f} instructions of a lock and unlock, {watched:.1f} watched: {added:.1f} more")
assert 50 < added <= LIMIT, "too many, or the lock was not watched"
