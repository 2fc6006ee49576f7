"""Every #include, and every call in the library, goes down the order of the rooms.

    rooms.py [FOLDER]       the tree to look at; SOURCE_DIR where none is given

The two lists are the plan of the houses: rooms that stand in one line of a list know nothing of each other, and each line
may use those below it. Outside its room a header of preload/ is known by the room's face alone, room/room.h."""

import collections
import glob
import os
import re
import subprocess
import sys

PRELOAD = ["late", "hooks", "life", "api inject function", "account", "scope", "lock", "wake", "span", "stack", "python", "symbol", "ledger", "real",
           "process", "system"]

ANALYZER = ["main", "manual", "commands", "attach serve top", "live", "trend", "findings reports run store", "tally", "config rule", "callsite connection growth model", "json", "symbol",
            "machine ledger", "source", "base"]

# (file, what it includes): why. At most one.
EXCEPTIONS = {}

NEUTRAL = ("leakwatch/", "hooks.def")  # what both halves share, and the table of hooked functions

# (its folder, its plan, whether a room is known by its face alone, where a build has its objects)
HOUSES = [("preload", PRELOAD, True, "CMakeFiles/leakwatch_preload_objects.dir/preload"),
          ("analyzer", ANALYZER, False, "CMakeFiles/leakwatch_analyzer.dir/analyzer")]


def levels(plan):
    return {room: level for level, rooms in enumerate(plan) for room in rooms.split()}


def sources(root, house):
    found = glob.glob(os.path.join(root, house, "**", "*.[chS]"), recursive=True)
    return sorted(os.path.relpath(path, os.path.join(root, house)) for path in found)


def includes(path):
    with open(path, encoding="utf-8") as text:
        return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text.read(), re.MULTILINE)


def room_of(path):
    """A file that stands in the house itself is a room of its own."""
    return path.split("/")[0] if "/" in path else os.path.splitext(path)[0]


def wrong_include(level, source, name, has_faces):
    """Why this include must not be; None."""
    if "/" not in name:
        return None
    own, other = room_of(source), room_of(name)
    if other not in level:
        return f"there is no room {other}"
    if other == own:
        return None if not has_faces else f"inside its room it is {os.path.basename(name)}"
    if level[other] <= level[own]:
        return f"{other} does not stand below {own}"
    if has_faces and name != f"{other}/{other}.h":
        return f"the face of that room is {other}/{other}.h"
    return None


def faults_of_includes(root, house, plan, has_faces):
    level = levels(plan)
    for source in sources(root, house):
        if room_of(source) not in level:
            yield f"{house}/{source}: stands in no room of the plan"
            continue
        for name in includes(os.path.join(root, house, source)):
            why = None if name.startswith(NEUTRAL) else wrong_include(level, source, name, has_faces)
            if why and (source, name) not in EXCEPTIONS:
                yield f'{house}/{source}: #include "{name}": {why}'


def symbols_of(objects, house):
    """(who defines a symbol, who asks for which), by the sources' names. What a build has left of sources that are gone, or
    was made by it, is passed over."""
    defined, asked = {}, collections.defaultdict(set)
    for path in glob.glob(os.path.join(objects, "**", "*.o"), recursive=True):
        source = os.path.relpath(path, objects).removesuffix(".o")
        if not os.path.exists(os.path.join(house, source)):
            continue
        listing = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            kind, name = line.split()[-2:]
            if kind in "Uw":
                asked[source].add(name)
            elif kind.isupper():
                defined[name] = source
    return defined, asked


def faults_of_calls(objects, root, house, plan):
    """What an object asks of another one, by symbol: a declaration of one's own would hide it from the includes."""
    level = levels(plan)
    defined, asked = symbols_of(objects, os.path.join(root, house))
    if not defined:
        yield f"{objects}: no objects to look at"
    for source, names in sorted(asked.items()):
        for name in sorted(names):
            other = defined.get(name)
            if other and room_of(other) != room_of(source) and level[room_of(other)] <= level[room_of(source)]:
                yield f"{house}/{source}: {name} is {other}'s, which does not stand below it"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.environ["SOURCE_DIR"]
    faults = []
    for house, plan, has_faces, objects in HOUSES:
        if not sources(root, house):
            sys.exit(f"{root}/{house}: no sources")
        faults += faults_of_includes(root, house, plan, has_faces)
        if len(sys.argv) < 2:
            faults += faults_of_calls(os.path.join(os.environ["BUILD_DIR"], objects), root, house, plan)
        print(f"{house}: {len(sources(root, house))} files in {len(levels(plan))} rooms")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
