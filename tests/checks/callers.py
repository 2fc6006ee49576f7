"""What a file shows to others, another file uses: else it is static. And what a header declares, there is.

    callers.py [ARCHIVE…]   the archives to look at, in the order of HOUSES; those of BUILD_DIR where none are given

Archives, because a build's folders keep the objects of sources that are gone. What only a test uses is a part under test."""

import glob
import os
import re
import subprocess
import sys

SOURCE, BUILD = os.environ["SOURCE_DIR"], os.environ["BUILD_DIR"]

# (its folder, its archive, what else is linked, how its functions are called)
HOUSES = [("preload", "libleakwatch_preload_parts.a", [], r"lw_\w+"),
          ("analyzer", "libleakwatch_analyzer.a", ["CMakeFiles/leakwatch.dir/analyzer/main.c.o"], r"[a-z]\w*__\w+")]

# main, argp's, and what compilers make calls of without being asked to
BY_OTHERS = {"main", "argp_program_version", "memcpy", "memmove", "memset", "memcmp"}


def nm(*arguments):
    return subprocess.run(["nm", *arguments], capture_output=True, text=True, check=True).stdout.splitlines()


def members(files):
    """(name, what it shows, what it uses) of each object in these."""
    for line in nm("-g", *files):
        fields = line.split()
        if line.endswith(":"):
            name, shown, used = line[:-1], set(), set()
            yield name, shown, used
        elif fields:
            (used if fields[-2] in "Uwv" else shown).add(fields[-1])


def words_of_tests():
    words = set()
    for path in glob.glob(os.path.join(SOURCE, "tests", "**", "*.[ch]"), recursive=True):
        with open(path, encoding="utf-8", errors="replace") as text:
            words.update(re.findall(r"\w+", text.read()))
    return words


def without_callers(objects, by_others):
    used = set().union(*(object_[2] for object_ in objects))
    for name, shown, _ in objects:
        for symbol in sorted(shown - used - by_others):
            if not symbol.startswith("__"):  # a sanitizer's
                yield f"{name}: {symbol} is used in its own file alone: static"


def not_there(house, pattern, objects):
    """Of inline functions and macros the header is all that there is."""
    there = set().union(*(object_[1] for object_ in objects))
    for path in sorted(glob.glob(os.path.join(SOURCE, house, "**", "*.h"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read(), flags=re.DOTALL)
        for name in sorted(set(re.findall(rf"^(?!static|typedef)\w[\w \t]*[ *]({pattern})\(", text, re.MULTILINE)) - there):
            yield f"{os.path.relpath(path, SOURCE)}: {name} is declared, and nowhere defined"


def wrong(archives):
    exported = {line.split()[-1].split("@")[0] for line in nm("-D", "--defined-only", os.environ["LEAKWATCH_LIBRARY"])}
    by_others = BY_OTHERS | exported | words_of_tests()
    for (house, _, more, pattern), archive in zip(HOUSES, archives):
        objects = list(members([archive, *(os.path.join(BUILD, name) for name in more)]))
        if len(objects) < 90:
            yield f"{archive} has only {len(objects)} objects: this check does not see them"
        yield from without_callers(objects, by_others)
        yield from not_there(house, pattern, objects)


def main():
    found = list(wrong(sys.argv[1:] or [os.path.join(BUILD, archive) for _, archive, _, _ in HOUSES]))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
