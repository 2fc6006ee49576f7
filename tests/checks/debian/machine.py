"""A Debian 12 that runs, from a root that is mounted: in name spaces of its own, with systemd as its first process, and with the
network of the test. Commands are run there as root types them."""
import os
import signal
import subprocess
import sys
import tempfile

from command import TIMEOUT

# What container managers do. Settings of the kernel, which is everyone's, can be read only.
BOOT = r"""
set -e
root=$1
echo "$2" >"$root/etc/hostname"
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs none "$root/run"
mount -t tmpfs none "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/outside"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
cd "$root"
pivot_root . outside
umount -l /outside
exec env -i container=lxc PATH="$PATH" /lib/systemd/systemd
"""
NAME = "web-1"
SPACES = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child")
ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
               "TERM=screen-256color", "DEBIAN_FRONTEND=noninteractive")


def make_control_group():
    """Below this process's own; or the test is skipped."""
    try:
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            place = next(line.split()[1] for line in mounts if line.split()[2] == "cgroup2")
        with open("/proc/self/cgroup", encoding="utf-8") as own:
            path = next(line.strip()[3:] for line in own if line.startswith("0::"))
        return tempfile.mkdtemp(prefix="leakwatch-machine.", dir=place + path)
    except (StopIteration, OSError) as error:
        print(f"skipped: there are no control groups that systemd could have: {error}")
        sys.exit(77)


def remove_control_group(group):
    for directory, _, _ in os.walk(group, topdown=False):
        os.rmdir(directory)


class Machine:
    """Runs until the test ends, in a control group of its own, which goes with it."""

    def __init__(self, case, root, group):
        self.case = case
        self.directory, self.first = "/root", None
        case.addCleanup(remove_control_group, group)
        with open(case.path("machine.log"), "wb") as log:
            self.spaces = subprocess.Popen([*SPACES, "bash", "-c", BOOT, "bash", root, NAME], stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log, preexec_fn=lambda: self.join(group))
        case.addCleanup(self.end)
        self.first = case.eventually(self.first_process, "systemd is started")
        case.eventually(self.is_up, "systemd has started everything")

    @staticmethod
    def join(group):
        with open(f"{group}/cgroup.procs", "w", encoding="utf-8") as members:
            members.write("0")

    def first_process(self):
        """Its number here; until it is systemd, its root is still that of the test."""
        self.case.assertIsNone(self.spaces.poll(), f"no machine can be made of this root: {self.case.log('machine')}")
        parent = self.spaces.pid
        with open(f"/proc/{parent}/task/{parent}/children", encoding="utf-8") as children:
            number = children.read().strip()
        if not number:
            return None
        with open(f"/proc/{number}/comm", encoding="utf-8") as name:
            return number if name.read() == "systemd\n" else None

    def is_up(self):
        """Whatever else this kernel does not let it have."""
        return self.run("systemctl is-system-running").stdout.strip() in ("running", "degraded")

    def end(self):
        """Those of its processes that are left end with the first one."""
        if self.first:
            os.kill(int(self.first), signal.SIGKILL)
        else:
            self.spaces.kill()
        self.spaces.wait(TIMEOUT)

    def command(self, *words):
        return ["nsenter", f"--target={self.first}", "--all", "--root", "--wd", "env", "-i", *ENVIRONMENT, *words]

    def run(self, line):
        """Where it asks, it is told to do what it proposes."""
        return subprocess.run(self.command("bash", "-o", "pipefail", "-c", f"cd {self.directory} && {line}"), input="\n",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT, encoding="utf-8",
                              errors="backslashreplace")

    def type(self, line, status=0):
        """What it says, errors too."""
        if line.startswith("cd "):
            self.directory = line.removeprefix("cd ")
            return ""
        done = self.run(line)
        self.case.assertEqual(done.returncode, status, f"{line}\n{done.stdout}")
        return done.stdout
