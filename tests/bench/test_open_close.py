"""What takes something and gives it back, twelve frames deep, takes at most so many instructions more when watched: two in a
hundred more than were counted when this was written. They are counted, not timed: what is added to the way of every acquisition
shows here, however busy the machine is."""

from instructions import counted

# Where the stack meets a page's end, its slots are compared in one step more: that is where the environment puts it.
LIMITS = {"open": 860, "fopen": 995, "opendir": 955, "socket": 865, "pipe": 1420, "dup": 910, "missing": 340, "thread-open": 945}

for operation, limit in LIMITS.items():
    native, watched = counted(operation)
    added = watched - native
    print(f"{operation}: {native:.1f} instructions, {watched:.1f} watched: {added:.1f} more")
    assert 100 < added <= limit, "too many, or it was not watched"
