"""A context manager whose __exit__ returns True: the error of close is gone, and the records that were not written with it.
The incident cost a team 5 % of its records. The mended one writes a log, and lets all other errors through.

expect: swallowed-exception level=error count=5 call=Broken.__exit__ line=broken detail=OSError:*No?space?left?on?device
expect: swallowed-exception level=note count=5 call=Mended.__exit__ line=mended
"""
import logging
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "include", "leakwatch"))
sys.dont_write_bytecode = True

import leakwatch  # noqa: E402 (found by the line above)

leakwatch.watch_exits()


class Broken:
    def __enter__(self):
        self.file = open("/dev/full", "w", encoding="utf-8")
        return self.file

    def __exit__(self, kind, error, traceback):
        return True


class Mended(Broken):
    def __exit__(self, kind, error, traceback):
        if error is not None:
            logging.error("a record was not written: %s", error)
        return isinstance(error, OSError)


def store(manager, records, closing):
    stored = 0
    for number in range(records):
        with manager() as file:
            if number % 20 == 0:
                file.write("record")
            closing(file)
            stored += 1
    return stored


def close_broken(file):
    file.close()  # leak:broken


def close_mended(file):
    file.close()  # leak:mended


print(store(Broken, 100, close_broken), store(Mended, 100, close_mended))
