"""Modules that come with Debian's packages belong to Debian's Python, which need not be the first one on the path."""
import importlib.util
import os
import sys

DEBIAN_PYTHON = "/usr/bin/python3"


def need(*names):
    """The running test has these modules; or it starts again under Debian's Python; or it is skipped."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing and os.path.exists(DEBIAN_PYTHON) and not os.path.samefile(sys.executable, DEBIAN_PYTHON):
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
    if missing:
        print(f"skipped: no Python module {', '.join(missing)}; scripts/bootstrap --test installs what is missing")
        sys.exit(77)
