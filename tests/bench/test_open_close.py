"""What takes something and gives it back, twelve frames deep, takes at most so many instructions more when watched: two in a
hundred more than were counted when this was written. They are counted, not timed: what is added to the way of every acquisition
shows here, however busy the machine is."""

from instructions import counted

LIMITS = {"open": 785, "fopen": 925, "opendir": 880, "socket": 795, "pipe": 1312, "dup": 840, "missing": 302, "thread-open": 893}

for operation, limit in LIMITS.items():
    native, watched = counted(operation)
    added = watched - native
    print(f"{operation}: {native:.1f} instructions, {watched:.1f} watched: {added:.1f} more")
    assert 100 < added <= limit, "too many, or it was not watched"
