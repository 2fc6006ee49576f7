"""Programs of other name spaces, read from outside: they have numbers, host names and files of their own, and nothing but the
directory of ledgers in common with who looks. Each gets a root of its own, with the program at a path that is not there
outside, or where another program lies."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import command
import debian_modules
import expositions
from command import LEAKWATCH, LIBRARY, TIMEOUT
from fleets import FLEET, shipped
from test_serve import Serving

debian_modules.need("yaml")
import yaml  # noqa: E402

# Opens 5 at one line; then it waits to be ended, as one does whose input is not there.
SOURCE = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) int NAME(void)
{
    return open("/dev/null", O_RDONLY); /* place: take */
}
int main(void)
{
    char byte;
    for (int i = 0; i < 5; i++)
        NAME();
    printf("%d\n", getpid());
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}
"""
LINE = next(number for number, line in enumerate(SOURCE.splitlines(), 1) if "place: take" in line)

# In name spaces of its own: the root, what is mounted into it (behind the program: where from, where to, and options), and the
# program as process 1, with the variables that VARIABLES has.
ENTER = r"""
set -e
mount --make-rprivate /
hostname "$1"
root=$2 program=$3
shift 3
mount --bind "$root" "$root"
mkdir -p "$root/proc" "$root/dev" "$root/outside"
while [ $# -gt 0 ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o "remount,bind,${3:-rw}" "$root$2"
    shift 3
done
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
cd "$root"
pivot_root . outside
umount -l /outside
export $VARIABLES
exec "$program"
"""
USUAL = {"LD_PRELOAD": "/leakwatch/libleakwatch.so", "LEAKWATCH_OPTIONS": "dir=/ledgers:quiet=1"}
SPACES = ("unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child")


def libraries(*programs):
    for program in programs:
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True, timeout=TIMEOUT).stdout
        yield from re.findall(r"(/\S+) \(0x", said)


def why_not():
    done = subprocess.run([*SPACES, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False,
                          timeout=TIMEOUT)
    return done.stderr.strip()


if shutil.which("unshare") is None or why_not():
    print(f"skipped: no name spaces here: {why_not()}")
    sys.exit(77)


class Container(Serving):
    """A root of its own, and what runs there."""

    def setUp(self):
        super().setUp()
        self.mounted = self.path("mounted")
        os.mkdir(self.mounted)
        shutil.copy(LIBRARY, os.path.join(self.mounted, "libleakwatch.so"))

    def image(self, name, program, at):
        """A root with a shell, as images have it, and with the program at this path."""
        root = self.path(name)
        files = [shutil.which(tool) for tool in ("sh", "mount", "umount", "pivot_root", "mkdir", "hostname")]
        for file in {*files, *libraries(program, *files)}:
            inside = root + file
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            shutil.copy(file, inside)
        if not os.path.exists(f"{root}/bin/sh"):
            os.symlink("usr/bin", f"{root}/bin")
        os.makedirs(os.path.dirname(root + at), exist_ok=True)
        shutil.move(program, root + at)
        return root

    def build(self, function, *flags, name="server"):
        return self.compile(f"{function}/{name}", SOURCE.replace("NAME", function), flags=("-O1", "-g", *flags),
                            source=f"{function}/{name}.c")

    @contextlib.contextmanager
    def container(self, root, at, host="box", mounts=None, variables=None):
        """Yields (its number for itself, its number here)."""
        mounts = mounts or [(self.ledgers, "/ledgers", "rw"), (self.mounted, "/leakwatch", "ro")]
        entering = [*SPACES, "sh", "-c", ENTER, "sh", host, root, at, *(word for mount in mounts for word in mount)]
        environment = self.environment(VARIABLES=" ".join(f"{name}={value}" for name, value in (variables or USUAL).items()))
        with subprocess.Popen(entering, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment) as spaces:
            try:
                own = spaces.stdout.readline()
                self.assertTrue(own, own or spaces.stderr.read())
                yield int(own), self.number_here(spaces.pid)
            finally:
                spaces.stdin.close()
                spaces.wait(TIMEOUT)
                spaces.stderr.close()

    @staticmethod
    def number_here(parent):
        with open(f"/proc/{parent}/task/{parent}/children", encoding="utf-8") as children:
            return int(children.read().split()[0])

    def site(self, families):
        (labels, held), = families["leakwatch_site_held"].samples
        return labels["function"], labels["location"], held

    def held_in(self, report):
        """Function, file's name and line of what is held."""
        places = set()
        for finding in report["findings"]:
            frame = next(frame for frame in finding["stacks"]["acquired"] if frame["function"] not in (None, "open"))
            places.add((frame["function"], os.path.basename(frame["file"] or ""), frame["line"]))
        return places


class Containers(Container):
    def test_one_that_runs_is_seen_to_run(self):
        root = self.image("root", self.build("take"), "/srv/app/server")
        self.assertFalse(os.path.exists("/srv/app/server"))
        with self.container(root, "/srv/app/server", host="box-7") as (own, here), self.server():
            self.assertEqual(own, 1)
            families = self.metrics()
            self.assertEqual(self.value(families["leakwatch_watched_processes"]), 1)
            (labels, opened), = families["leakwatch_open_descriptors"].samples
            self.assertEqual(labels, {"program": "server", "pid": str(here), "host": "box-7"})
            self.assertEqual(opened, len(os.listdir(f"/proc/{here}/fd")))
            self.assertEqual(self.site(families), ("take", f"server.c:{LINE}", 5))
            subprocess.run(["prlimit", f"--pid={here}", "--nofile=321:"], check=True, timeout=TIMEOUT)
            self.eventually("leakwatch_descriptor_limit", 321)
            for page in ("trend", "report"):
                self.assertEqual(self.ask(f"/processes/{here}/{page}").status, 200)
                self.assertIn(f'"/processes/{here}/{page}"', self.ask("/").text)
                self.assertEqual(self.ask(f"/processes/{own}/{page}").status, 404)
            self.assertRegex(self.leakwatch("top", "--once", self.ledgers).stdout, rf"\b{here}\b.*\bserver\b")

    def test_reports_name_its_lines(self):
        root = self.image("root", self.build("take"), "/srv/app/server")
        with self.container(root, "/srv/app/server") as (_, here):
            for asked in (self.ledgers, str(here)):
                report = self.report_json("--held", "error", asked)
                self.assertEqual([of["exit"]["how"] for of in report["processes"]], ["running"], asked)
                self.assertIn(("take", "server.c", LINE), self.held_in(report), asked)
            trend = json.loads(self.leakwatch("trend", "--json", str(here)).stdout)
            self.assertEqual([of["running"] for of in trend["processes"]], [True])
        report = self.report_json("--held", "error", self.ledgers, status=None)
        self.assertEqual([of["exit"]["how"] for of in report["processes"]], ["exit"])

    def test_where_another_program_lies_outside(self):
        for flags in ((), ("-Wl,--build-id=none",)):
            at = self.path("app", "server")
            os.makedirs(os.path.dirname(at), exist_ok=True)
            shutil.copy(self.build("wrong", *flags), at)
            root = self.image(f"root{len(flags)}", self.build("right", *flags), at)
            with self.container(root, at), self.server():
                self.assertEqual(self.site(self.metrics()), ("right", f"server.c:{LINE}", 5), flags)
            shutil.rmtree(self.ledgers)
            os.mkdir(self.ledgers)

    def test_many_with_one_number(self):
        at, names = "/srv/app/server", ("first", "second", "third")
        with contextlib.ExitStack() as running:
            numbers = {}
            for name in names:
                root = self.image(f"root-{name}", self.build(name, "-Wl,--build-id=none"), at)
                own, here = running.enter_context(self.container(root, at, host="box"))
                self.assertEqual(own, 1)
                numbers[name] = str(here)
            running.enter_context(self.server())
            families = self.metrics()
            self.assertEqual({labels["pid"] for labels, _ in families["leakwatch_open_descriptors"].samples}, set(numbers.values()))
            self.assertEqual({labels["function"] for labels, _ in families["leakwatch_site_held"].samples}, set(names))
            os.kill(int(numbers["second"]), signal.SIGKILL)
            self.eventually("leakwatch_watched_processes", 2)

    def test_one_that_comes_later_is_seen_too(self):
        """What was found before it began says nothing of it."""
        root = self.image("root", self.build("take"), "/srv/app/server")
        other = self.image("other", self.build("other"), "/srv/app/server")
        with self.container(root, "/srv/app/server"), self.server():
            self.eventually("leakwatch_watched_processes", 1)
            for _ in range(3):
                with self.container(other, "/srv/app/server") as (own, _):
                    self.assertEqual(own, 1)
                    self.eventually("leakwatch_watched_processes", 2)
                self.eventually("leakwatch_watched_processes", 1)


def as_docker_has_it():
    """Of the command that the guide prints: what is mounted, (where from, where to, options); variables; the image."""
    line, = re.findall(r"^docker run .*$", shipped("README.md"), re.MULTILINE)
    words, mounts, variables = line.split()[2:], set(), {}
    while words[0].startswith("-"):
        option, value, *words = words
        if option == "-v":
            mounts.add(tuple((value + ":rw").split(":")[:3]))
        else:
            assert option == "-e", option
            name, text = value.split("=", 1)
            variables[name] = text
    image, = words
    return mounts, variables, image


def as_compose_has_it():
    service, = yaml.safe_load(shipped("containers/compose.yml"))["services"].values()
    return {tuple((volume + ":rw").split(":")[:3]) for volume in service["volumes"]}, service["environment"], service["image"]


def pods():
    return {each["kind"]: each["spec"]["template"]["spec"] for each in yaml.safe_load_all(shipped("containers/kubernetes.yml"))}


def as_kubernetes_has_it():
    pod = pods()["Deployment"]
    container, = pod["containers"]
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"]}
    mounts = {(paths[mount["name"]], mount["mountPath"], "ro" if mount.get("readOnly") else "rw")
              for mount in container["volumeMounts"]}
    return mounts, {variable["name"]: variable["value"] for variable in container["env"]}, container["image"]


class Printed(Container):
    """What the guide and the files beside it say to docker, compose and Kubernetes is done by hand, in a root of an image's kind."""

    def pack(self):
        """The directory that is to be mounted, here under another name."""
        subprocess.run([os.path.join(FLEET, "containers", "pack"), self.mounted, LEAKWATCH], check=True, timeout=TIMEOUT)

    def test_whoever_packs_it_all_may_use_it_and_by_any_name(self):
        self.addCleanup(os.umask, os.umask(0o077))
        self.pack()
        for directory, _, files in os.walk(self.mounted):
            for path in (directory, *(os.path.join(directory, file) for file in files)):
                self.assertEqual(os.stat(path).st_mode & 0o444, 0o444, path)
        os.makedirs(self.path("usr/bin"))
        os.symlink(os.path.relpath(os.path.join(self.mounted, "leakwatch"), self.path("usr")), self.path("usr/relative"))
        os.symlink("../relative", self.path("usr/bin/leakwatch"))
        said = subprocess.run([self.path("usr/bin/leakwatch"), "--print-python-path"], capture_output=True, text=True, check=True,
                              timeout=TIMEOUT).stdout.strip()
        self.assertTrue(os.path.exists(os.path.join(said, "leakwatch.py")))

    def test_an_image_is_watched_as_it_is_printed(self):
        mounts, variables, image = as_docker_has_it()
        self.assertEqual(as_compose_has_it(), (mounts, variables, image))
        self.assertEqual(as_kubernetes_has_it(), (mounts, variables, image))
        self.pack()
        here = {"/opt/leakwatch": self.mounted, "/var/lib/leakwatch": self.ledgers}
        root = self.image("root", self.build("take"), "/srv/app/server")
        mounting = [(here[outside], inside, how) for outside, inside, how in mounts]
        with self.container(root, "/srv/app/server", mounts=mounting, variables=variables) as (_, number):
            self.assertIn(("take", "server.c", LINE), self.held_in(self.report_json("--held", "error", str(number))))
            inside = ["nsenter", f"--target={number}", "--mount", "--pid", f"--root=/proc/{number}/root"]
            asked = ["/opt/leakwatch/leakwatch", "report", "--held", "error", "/var/lib/leakwatch"]
            said = subprocess.run([*inside, *asked], capture_output=True, text=True, check=True, timeout=TIMEOUT).stdout
            self.assertIn(f"server.c:{LINE} in take", said)

    def test_serve_on_each_node(self):
        pod, watched = pods()["DaemonSet"], pods()["Deployment"]
        container, = pod["containers"]
        self.assertEqual((pod["hostPID"], pod["volumes"]), (True, watched["volumes"]))
        read_only = {mount["mountPath"] for mount in container["volumeMounts"] if mount["readOnly"]}
        self.assertEqual(read_only, {"/opt/leakwatch", "/var/lib/leakwatch"})
        self.pack()
        root = self.image("root", self.build("take"), "/srv/app/server")
        words = [word.replace("/opt/leakwatch", self.mounted).replace("/var/lib/leakwatch", self.ledgers)
                 for word in container["command"]]
        added = container["securityContext"]["capabilities"]["add"]
        capabilities = ",".join(["-all", *(f"+{name.lower()}" for name in added)])
        with self.container(root, "/srv/app/server") as (_, number):
            confined = ["setpriv", f"--bounding-set={capabilities}", "--no-new-privs"]
            file = self.path("leakwatch.prom")
            subprocess.run([*confined, *words[:2], "--textfile", file, words[-1]], check=True, timeout=TIMEOUT)
            with open(file, encoding="utf-8") as text:
                families = expositions.read(text.read(), False)
            self.assertEqual(self.site(families), ("take", f"server.c:{LINE}", 5))
            self.assertEqual([labels["pid"] for labels, _ in families["leakwatch_open_descriptors"].samples], [str(number)])


if __name__ == "__main__":
    command.main()
