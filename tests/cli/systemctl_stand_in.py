"""Stands in for systemctl where no systemd runs, for tests in a file system of their own: systemd's own tools look at the units,
and their command lines are started with what units and drop-ins say of environment, capabilities and limits."""
import glob
import os
import re
import resource
import shlex
import signal
import subprocess
import sys

STATE = os.environ["STAND_IN_STATE"]
NOBODY = "65534"


def path_of(unit):
    places = (f"{folder}/{unit}" for folder in ("/etc/systemd/system", "/lib/systemd/system"))
    found = [path for path in places if os.path.exists(path)]
    if not found:
        sys.exit(f"no unit {unit}")
    return found[0]


def settings_of(unit):
    """(key, value) of all its sections, in their order, with its drop-ins."""
    for path in (path_of(unit), *sorted(glob.glob(f"/etc/systemd/system/{unit}.d/*.conf"))):
        with open(path, encoding="utf-8") as file:
            for line in file.read().replace("\\\n", " ").splitlines():
                if "=" in line and not line.startswith(("#", ";")):
                    yield tuple(part.strip() for part in line.split("=", 1))


def values(unit, key):
    return [value for name, value in settings_of(unit) if name == key]


def verify(unit):
    done = subprocess.run(["systemd-analyze", "verify", path_of(unit)], capture_output=True, text=True, check=False)
    if done.returncode != 0 or unit in done.stderr:
        sys.exit(f"{unit}: {done.stderr}")


def environment_of(unit):
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LC_ALL")}
    for file in values(unit, "EnvironmentFile"):
        with open(file.lstrip("-"), encoding="utf-8") as text:
            environment.update(re.findall(r'^(\w+)="?([^"\n]*)"?$', text.read(), re.MULTILINE))
    environment.update(assignment.split("=", 1) for line in values(unit, "Environment") for assignment in shlex.split(line))
    return environment


def confined(unit):
    """As the user that it gets, with no more than the capabilities that it has."""
    if values(unit, "DynamicUser") != ["yes"]:
        return []
    names = [f"+{name.removeprefix('CAP_').lower()}" for name in " ".join(values(unit, "AmbientCapabilities")).split()]
    sets = ",".join(["-all", *names])
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--bounding-set={sets}", f"--inh-caps={sets}",
            f"--ambient-caps={sets}", "--no-new-privs"]


def limit(unit):
    for number in values(unit, "LimitNOFILE"):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(number), hard), hard))


def stop(unit):
    try:
        with open(f"{STATE}/{unit}.pid", encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        pass


def start(unit):
    if unit.endswith(".timer"):
        unit = unit.replace(".timer", ".service")
        verify(unit)
    environment = environment_of(unit)
    words = [word for part in shlex.split(values(unit, "ExecStart")[-1])
             for word in (environment.get(part[1:], "").split() if part.startswith("$") else [part])]
    with open(f"{STATE}/{unit}.log", "ab") as log:
        process = subprocess.Popen([*confined(unit), *words], env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True, preexec_fn=lambda: limit(unit))
    with open(f"{STATE}/{unit}.pid", "w", encoding="utf-8") as file:
        file.write(str(process.pid))
    if values(unit, "Type") == ["oneshot"] and process.wait() != 0:
        sys.exit(f"{unit} ended with {process.returncode}")


def main(verb, *arguments):
    units = [argument for argument in arguments if not argument.startswith("-")]
    if verb not in ("enable", "start", "restart", "daemon-reload"):
        sys.exit(f"systemctl {verb}: not known here")
    for unit in units:
        verify(unit)
        if verb == "enable":
            subprocess.run(["/usr/bin/systemctl", "enable", unit], check=True, stderr=subprocess.DEVNULL)
        if verb == "restart":
            stop(unit)
        if verb != "enable" or "--now" in arguments:
            start(unit)


if __name__ == "__main__":
    main(*sys.argv[1:])
