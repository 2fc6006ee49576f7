"""A report takes no memory for those pages of a ledger that were never written, though its file holds them: tables and
blocks of slots are made large, and most of a large ledger is such pages. The file is made dense here, as many file
systems have it from the start; counted as the most that was ever resident."""

import glob
import os
import subprocess
import tempfile

PLACES, HELD_BY_EACH, PAGE, MOST = 10_000, 10, 4096, 0.75


def make_dense(path):
    """(bytes, bytes of pages that were never written). Page by page: what this process once held would count as the
    command's, too."""
    size = unwritten = 0
    with open(path, "rb") as sparse, open(path + ".dense", "wb") as dense:
        while page := sparse.read(PAGE):
            dense.write(page)
            size += len(page)
            unwritten += page == bytes(PAGE) and PAGE
    os.rename(path + ".dense", path)
    return size, unwritten


def new_ledger(room):
    driver = os.path.join(os.environ["BUILD_DIR"], "tests/bench/stacks")
    settings = {"LD_PRELOAD": os.environ["LEAKWATCH_LIBRARY"], "LEAKWATCH_OPTIONS": f"quiet=1:dir={room}"}
    subprocess.run([driver, str(PLACES), str(HELD_BY_EACH)], env=os.environ | settings, stdout=subprocess.DEVNULL,
                   check=True, timeout=900)
    (ledger,) = glob.glob(os.path.join(room, "*.lwl"))
    return ledger


def most_resident(ledger):
    with subprocess.Popen([os.environ["LEAKWATCH"], "report", "--output", os.devnull, ledger]) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, child.returncode
    return usage.ru_maxrss * 1024


with tempfile.TemporaryDirectory(prefix="leakwatch-memory.") as folder:
    path = new_ledger(folder)
    size, empty = make_dense(path)
    resident = most_resident(path)
print(f"ledger {size >> 20} MiB, of which {empty >> 20} MiB were never written; report: {resident >> 20} MiB resident")
assert empty >= size // 2, "this ledger cannot show it"
assert resident <= MOST * size, f"more than {MOST} of the file"
