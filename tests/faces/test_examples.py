#!/usr/bin/env python3
"""The examples in the public headers are right: each one compiles, and every public function has its part in one. An example
is what stands behind five blanks in a comment. A line "..." parts what stands outside of functions from what stands inside."""

import os
import re
import sys
import tempfile

from ways import HERE, INCLUDE, run

HEADERS = (
    # header, compiler, definitions of public functions
    ("leakwatch.h", "gcc", r"^static inline .*?\b(leakwatch_(?!_)\w+)\("),
    ("leakwatch_symbols.h", "gcc", r"^static inline .*?\b(leakwatch_(?!_)\w+)\("),
    ("leakwatch_print.h", "gcc", r"^static inline .*?\b(leakwatch_(?!_)\w+)\("),
    ("leakwatch_baseline.h", "gcc", r"^static inline .*?\b(leakwatch_(?!_)\w+)\("),
    ("leakwatch_cmocka.h", "gcc", r"^static inline .*?\b(leakwatch_cmocka_(?!_)\w+)\("),
    ("leakwatch_check.h", "gcc", r"^static inline .*?\b(leakwatch_check_(?!_)\w+)\("),
    ("leakwatch.hpp", "g++", r"^(?:template .*> |inline )(?:bool|std::size_t) (\w+)\("),
    ("leakwatch_gtest.hpp", "g++", r"^inline \w+ (\w+)\("),
)
OUTSIDE = re.compile(r"static |int main|TEST\(|#include")
LEAST, MOST = 3, 5  # lines


def examples(text):
    """(line number, lines) of each."""
    found, start = [], None
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r" *\*     (.*)", line)
        if not match:
            start = None
            continue
        if start is None:
            found.append((number, []))
            start = number
        found[-1][1].append(match.group(1))
    return found


def function(number, lines):
    kind = "int" if any(re.search(r"return [^;]", line) for line in lines) else "void"
    return [f"{kind} example_{number}(void);", f"{kind} example_{number}(void)", "{", *lines, "return 0;" if kind == "int" else "",
            "}"]


def as_unit(header, number, lines):
    """A source file that has the example in it."""
    outside, inside = [], list(lines)
    if "..." in lines:
        outside, inside = lines[:lines.index("...")], lines[lines.index("...") + 1:]
    elif OUTSIDE.match(lines[0]):
        outside, inside = inside, []
    unit = [f'#include "leakwatch/{header}"', '#include "examples_prelude.h"', f'#line {number} "{header}"', *outside]
    if inside:
        unit += function(number, inside)
    return "\n".join(unit).replace("{ ... }", "{ }") + "\n"


def compiled(compiler, unit, room):
    source = os.path.join(room, "example.c" if compiler == "gcc" else "example.cpp")
    with open(source, "w", encoding="utf-8") as file:
        file.write(unit)
    standard = "-std=gnu11" if compiler == "gcc" else "-std=gnu++17"
    return run([compiler, standard, "-O1", "-Wall", "-Wextra", "-Wno-unused", "-Werror", "-I", INCLUDE, "-I", HERE, "-c", source,
                "-o", os.path.join(room, "example.o")])


def troubles(header, compiler, definition, room):
    with open(os.path.join(INCLUDE, "leakwatch", header), encoding="utf-8") as file:
        text = file.read()
    shown = examples(text)
    for number, lines in shown:
        status, output = compiled(compiler, as_unit(header, number, lines), room)
        if status:
            yield f"{header}:{number}: does not compile:\n{output}"
        if not LEAST <= len(lines) <= MOST:
            yield f"{header}:{number}: an example has {LEAST} to {MOST} lines, not {len(lines)}"
    names = set(re.findall(definition, text, re.MULTILINE))
    if not names:
        yield f"{header}: there is no function"
    code = "\n".join(line for _, lines in shown for line in lines)
    for name in sorted(names):
        if not re.search(rf"\b{name}\b", code):
            yield f"{header}: {name} has no example"


def missing(header):
    """A framework that is not installed."""
    needed = {"leakwatch_cmocka.h": "cmocka.h", "leakwatch_check.h": "check.h", "leakwatch_gtest.hpp": "gtest/gtest.h"}.get(header)
    return needed and not os.path.exists(os.path.join("/usr/include", needed))


def main():
    bad = 0
    with tempfile.TemporaryDirectory(prefix="leakwatch-examples.") as room:
        for header, compiler, definition in HEADERS:
            if missing(header):
                print(f"{header}: not tried, its framework is not installed")
                continue
            for trouble in troubles(header, compiler, definition, room):
                bad += 1
                print(trouble)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
