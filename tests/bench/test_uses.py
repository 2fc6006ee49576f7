"""A call that only uses a descriptor (read, write, pread, lseek, poll) costs at most 24 instructions more: two nanoseconds
of a processor that does twelve of them in one. They are counted, not timed."""

from instructions import counted

CALLS, LIMIT = 5, 24

native, watched = counted("uses")
added = (watched - native) / CALLS
print(f"{native:.1f} instructions of {CALLS} calls, {watched:.1f} watched: {added:.1f} more each")
assert 1 < added <= LIMIT, "too many, or the calls were not watched"
