"""Runs a command with the auditor: what it counted, as auditor.c does."""
import os
import struct

FIELDS = ("compared", "equal", "cut", "native", "folded", "wrong", "hidden", "unseen")


class Audit:
    def __init__(self, directory):
        self.counts = os.path.join(directory, "audit.counts")
        self.log = os.path.join(directory, "audit.log")
        with open(self.counts, "wb") as file:
            file.write(bytes(8 * len(FIELDS)))

    def environment(self):
        return {"AUDITOR_COUNTS": self.counts, "AUDITOR_LOG": self.log}

    def result(self):
        with open(self.counts, "rb") as file:
            return dict(zip(FIELDS, struct.unpack(f"{len(FIELDS)}Q", file.read())))

    def complaints(self, most=4000):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="backslashreplace") as file:
            return file.read(most)
