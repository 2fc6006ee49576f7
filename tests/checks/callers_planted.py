"""The check of callers is red where it ought to be: at a function that only its own file calls, planted into a copy of
each archive, and at one that is declared and nowhere defined."""

import os
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = os.environ["SOURCE_DIR"], os.environ["BUILD_DIR"]
CHECK = os.path.join(SOURCE, "tests/checks/callers.py")
ARCHIVES = ["libleakwatch_preload_parts.a", "libleakwatch_analyzer.a"]
PLANTED = "int planted__alone(int n);\nint planted__alone(int n)\n{\n    return n;\n}\n" \
          "int planted__caller(void);\nint planted__caller(void)\n{\n    return planted__alone(1);\n}\n"


def check(archives, source=SOURCE):
    done = subprocess.run([sys.executable, CHECK, *archives], env=dict(os.environ, SOURCE_DIR=source), capture_output=True,
                          text=True, timeout=600, check=False)
    return done.returncode, done.stdout + done.stderr


def with_planted(room, archive):
    copy, text, made = (os.path.join(room, name) for name in (os.path.basename(archive), "planted.c", "planted.o"))
    shutil.copy(archive, copy)
    with open(text, "w", encoding="utf-8") as file:
        file.write(PLANTED)
    subprocess.run([os.environ["CC"], "-c", "-O0", text, "-o", made], check=True)
    subprocess.run(["ar", "q", copy, made], check=True)
    return copy


def with_declared(room):
    source = os.path.join(room, "source")
    os.mkdir(source)
    for house in ("preload", "tests"):
        os.symlink(os.path.join(SOURCE, house), os.path.join(source, house))
    shutil.copytree(os.path.join(SOURCE, "analyzer"), os.path.join(source, "analyzer"))
    with open(os.path.join(source, "analyzer/base/heap.h"), "a", encoding="utf-8") as header:
        header.write("const char *planted__declared(void);\n")
    return source


def main():
    archives = [os.path.join(BUILD, name) for name in ARCHIVES]
    status, text = check(archives)
    assert status == 0, text
    with tempfile.TemporaryDirectory() as room:
        for i, archive in enumerate(archives):
            status, text = check([*archives[:i], with_planted(room, archive), *archives[i + 1:]])
            assert status == 1 and text.count("\n") == 2, text
            assert "planted__alone is used" in text and "planted__caller is used" in text, text
        status, text = check(archives, with_declared(room))
        assert status == 1 and text == "analyzer/base/heap.h: planted__declared is declared, and nowhere defined\n", text


if __name__ == "__main__":
    main()
