"""No file over 500 lines, no function over 60: what grows past that wants splitting, by noun."""

import ast
import os
import re
import subprocess
import sys

FILE_MOST, FUNCTION_MOST = 500, 60

# Files that may be longer, and why.
LONGER = {"include/leakwatch/leakwatch.py": "it ships as one file"}

ROOMS = ("include", "preload", "analyzer", "tests", "scripts")


def files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", *ROOMS], capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    if not names:
        for room in ROOMS:
            for folder, _, found in os.walk(os.path.join(root, room)):
                names += [os.path.relpath(os.path.join(folder, name), root) for name in found]
    return sorted(name for name in names if re.search(r"\.([chS]|[ch]pp|def|py|sh|js|css)$", name))


def c_functions(lines):
    """(name, first line, lines): as .clang-format writes them, a body's braces stand alone at the left."""
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number and not lines[number - 1].endswith((";", "=")):
            start = number
            while start > 0 and lines[start - 1] and lines[start - 1][0] not in "/* #}":
                start -= 1
        elif line == "}" and start is not None:
            head = " ".join(lines[start:start + 4])
            name = re.search(r"(\w+)\s*\(", head)
            yield (name.group(1) if name else head), start + 1, number - start + 1
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def functions(name, text):
    if name.endswith(".py"):
        return python_functions(text)
    return c_functions(text.split("\n")) if re.search(r"\.([ch]|[ch]pp)$", name) else ()


def too_long(root):
    seen = 0
    for name in files(root):
        with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
            text = file.read()
        count = text.count("\n")
        if count > FILE_MOST and name not in LONGER:
            yield f"{name}: {count} lines, {FILE_MOST} at most"
        for function, line, length in functions(name, text):
            seen += 1
            if length > FUNCTION_MOST:
                yield f"{name}:{line}: {function} has {length} lines, {FUNCTION_MOST} at most"
    if seen < 1000:
        yield f"only {seen} functions were found in {root}: this check does not see them"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.environ["SOURCE_DIR"]
    found = list(too_long(root))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
