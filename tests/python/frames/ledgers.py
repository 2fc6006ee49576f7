"""What `leakwatch dump` says of a ledger, as stacks of frames."""
import glob
import os
import re
import subprocess

ENTRY = re.compile(rb'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')


def text_of(value):
    """A field's value; what was quoted is bytes again."""
    if not value.startswith(b'"'):
        return value.decode()
    return os.fsdecode(re.sub(rb"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", unescape, value[1:-1]))


def unescape(match):
    word = match.group(1)
    if word[:1] == b"x" and len(word) == 3:
        return bytes([int(word[1:], 16)])
    if word[:1] in b"uU" and len(word) > 1:
        return chr(int(word[1:], 16)).encode()
    return word


class Ledger:
    def __init__(self, path, command):
        self.path = path
        self.rows = {}
        self.slots = []
        dump = subprocess.run([command, "dump", path], capture_output=True, check=False)
        assert dump.returncode == 0, dump.stderr
        self.damaged = None
        for line in dump.stdout.splitlines():
            self.take(line)

    def take(self, line):
        words = line.split(None, 2)
        fields = {key.decode(): text_of(value) for key, value in ENTRY.findall(line)}
        if words[0] == b"damaged":
            self.damaged = int(words[1])
        elif words[0] == b"slot":
            self.slots.append(fields)
        elif len(words) > 1 and words[1].isdigit():
            self.rows.setdefault(words[0].decode(), {})[int(words[1])] = fields
        else:
            rows = self.rows.setdefault(words[0].decode(), {})
            rows[len(rows)] = fields

    def header(self, section):
        return self.rows[section][0]

    def frames(self, number):
        """Innermost first: (function, line, file) of a line, or the module's path."""
        frames, number = [], int(number)
        while number:
            frame = self.rows["frame"][number]
            address, module = int(frame["address"], 0), int(frame["module"])
            if address == 3:
                line = self.rows["line"].get(module)
                frames.append((line["in"], int(line["line"]), line["of"]) if line else ("?", 0, "?"))
            else:
                frames.append(self.rows["module"][module]["name"] if module else "?")
            number = int(frame["parent"])
        return frames

    def lines(self, number):
        return [frame for frame in self.frames(number) if isinstance(frame, tuple)]

    def stack_of(self, slot):
        site = self.rows.get("site", {}).get(int(slot["site"]))
        return int(site["stack"]) if site else 0


def read(directory, command):
    return [Ledger(path, command) for path in sorted(glob.glob(os.path.join(glob.escape(directory), "*.lwl")))]


