"""The check of rooms is red where it ought to be: at each kind of wrong include, planted into a copy of the sources."""

import os
import shutil
import subprocess
import sys
import tempfile

CHECK = os.path.join(os.environ["SOURCE_DIR"], "tests/checks/rooms.py")

# (file, the line that it gets, what the check says)
PLANTED = [
    ("preload/system/texts.c", '#include "process/process.h"', "process does not stand below system"),
    ("preload/account/acquire.c", '#include "life/life.h"', "life does not stand below account"),
    ("preload/api/api.c", '#  include "function/function.h"', "function does not stand below api"),
    ("preload/wake/start.c", '#include "stack/thread.h"', "the face of that room is stack/stack.h"),
    ("preload/stack/stack.c", '#include "stack/thread.h"', "inside its room it is thread.h"),
    ("preload/hooks/files.c", '#include "cellar/cellar.h"', "there is no room cellar"),
    ("preload/cellar/cellar.c", "", "stands in no room of the plan"),
    ("preload/cellar.c", "", "stands in no room of the plan"),
    ("analyzer/base/heap.c", '#include "ledger/read.h"', "ledger does not stand below base"),
    ("analyzer/reports/text/text.c", '#include "findings/held.h"', "findings does not stand below reports"),
    ("analyzer/model/finding.h", '#include "reports/format.h"', "reports does not stand below model"),
    ("analyzer/rule/baseline.c", '#include "attic/attic.h"', "there is no room attic"),
    ("analyzer/attic/attic.c", "", "stands in no room of the plan"),
]


def check(root):
    done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, done.stdout + done.stderr


def plant(root, file, line):
    path = os.path.join(root, file)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    before = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            before = text.read()
    with open(path, "w", encoding="utf-8") as text:
        text.write(line + "\n" + before)


def main():
    for file, line, wanted in PLANTED:
        with tempfile.TemporaryDirectory() as root:
            for house in ("preload", "analyzer"):
                shutil.copytree(os.path.join(os.environ["SOURCE_DIR"], house), os.path.join(root, house))
            status, text = check(root)
            assert status == 0, text
            plant(root, file, line)
            status, text = check(root)
            assert status == 1 and text.count("\n") == 3, f"{file}, {line}: {status} {text}"
            assert file in text and wanted in text, f"{file}, {line}: {text}"
    print(f"{len(PLANTED)} wrong includes planted, {len(PLANTED)} found")


if __name__ == "__main__":
    main()
