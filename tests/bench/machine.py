"""What the figures were measured on; no names of hosts or users."""

import datetime
import os
import platform
import re
import subprocess


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        found = re.search(r"^model name\s*:\s*(.*)$", lines.read(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def distribution():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")


def compiler():
    done = subprocess.run(["gcc", "--version"], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.splitlines()[0] if done.stdout else "unknown"


def description():
    return [f"date: {datetime.date.today().isoformat()}", f"processor: {processor()}, {len(os.sched_getaffinity(0))} cores",
            f"kernel: {platform.system()} {platform.release()}", f"system: {distribution()}, {' '.join(platform.libc_ver())}",
            f"compiler: {compiler()}"]
