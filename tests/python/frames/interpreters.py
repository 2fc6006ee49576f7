"""Every CPython of this machine whose frames leakwatch knows: 3.8 to 3.13."""
import functools
import glob
import os
import shutil
import subprocess

DEBIANS = "/usr/bin/python3.11"
MINORS = range(8, 14)
PLACES = ("/usr/bin/python3.*", "/usr/local/bin/python3.*", "~/.pyenv/versions/*/bin/python3")
ASK = "import sys; print(sys.implementation.name, sys.hexversion, getattr(sys, '_is_gil_enabled', lambda: True)())"


class Python:
    def __init__(self, path, version):
        self.path, self.version = path, version
        self.minor = version >> 16 & 255
        self.prefix = os.path.dirname(os.path.dirname(path))
        self.is_debians = path == DEBIANS

    def __str__(self):
        return f"3.{self.minor}.{self.version >> 8 & 255} ({self.path})"

    def has(self, module):
        return subprocess.run([self.path, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def candidates():
    """pyenv's shims are scripts that choose by the directory: they are nobody's interpreter."""
    found = [path for place in PLACES for path in sorted(glob.glob(os.path.expanduser(place)))]
    found += [path for minor in MINORS for path in [shutil.which(f"python3.{minor}")] if path]
    return [path for path in found if "/shims/" not in path and not path.endswith("-config")]


@functools.lru_cache(None)
def pythons():
    """Debian's own is always one of them: where it is not there, that is a failure."""
    known = {}
    for path in candidates():
        real = os.path.realpath(path)
        if real in known:
            continue
        asked = subprocess.run([real, "-c", ASK], capture_output=True, text=True, check=False)
        words = asked.stdout.split()
        if len(words) == 3 and words[0] == "cpython" and words[2] == "True" and int(words[1]) >> 16 & 255 in MINORS:
            known[real] = Python(real, int(words[1]))
    assert DEBIANS in known, f"Debian's {DEBIANS} is not among {sorted(known)}"
    return sorted(known.values(), key=lambda python: (python.minor, python.path))


def of_minor(*minors):
    return [python for python in pythons() if python.minor in minors]
