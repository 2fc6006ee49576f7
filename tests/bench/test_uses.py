"""A call that only uses a descriptor (read, write, pread, lseek, poll; send, recv) costs at most 24 instructions more: two
nanoseconds of a processor that does twelve of them in one. They are counted, not timed."""

from instructions import counted

LIMIT = 24

for operation, calls in (("uses", 5), ("talk", 2)):
    native, watched = counted(operation)
    added = (watched - native) / calls
    print(f"{native:.1f} instructions of {calls} calls, {watched:.1f} watched: {added:.1f} more each")
    assert 1 < added <= LIMIT, "too many, or the calls were not watched"
