#!/usr/bin/env python3
"""The programs of tests/programs, built for 64-bit ARM and judged under qemu-user: every stack that is remembered is unwound
again by libunwind and compared. checks.aarch64 builds the library.

    aarch64_programs.py [--all] [NAME…]      LEAKWATCH, BUILD_DIR and SOURCE_DIR in the environment

Those of the subjects that it has to be quick with; --all: of the others, too.
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys

SUBJECTS = ("stacks", "descriptors", "streams", "threads", "releases", "losses", "limits")
OTHERS = ("scopes", "ends", "locks", "servers")
FLAGS = ["-O2", "-g", "-fno-optimize-sibling-calls", "-pthread"]
COMPILERS = {".c": "aarch64-linux-gnu-gcc", ".cpp": "aarch64-linux-gnu-g++"}
ROOT = "/usr/aarch64-linux-gnu"
RUNNERS = 2

# Why, and who. All of them run on x86_64.
SKIPPED = {
    "qemu-user leaves out MADV_WIPEONFORK, by which a forked child is known": """closed_twice_in_child deadlock_files deadlock_fork
        deadlock_processes deadlock_rwlocks held_places left_behind lost_at_exit memory_locked objects scope_forked thread_keys""",
    "qemu-user runs programs of its own machine alone, so none can be executed": """clean lost_streams over_quota piped_children
        reused_late scope_executed scoped_handles vfork_in_scope""",
    "qemu-user has no robust lists, no ptrace, no jumps out of handlers or other numbers of threads": """deadlock_join detached
        handler_locks misused mutex_types named_by_others nested_handlers never_joined scope_signals shared_robust small_stacks
        ten_thousand""",
    "it needs options or libraries that tests/programs/CMakeLists.txt gives it": """constructor_joins constructor_locks early
        forked_meanwhile overflowed parts_apart plugin_exchanged plugin_host scope_cancelled static_destructors""",
    "it takes too long": "crossed_hand_over destroyed_awaited million_scopes wait_cancelled",
}


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def wanted(options):
    sources = [source for subject in SUBJECTS + (OTHERS if options.all or options.names else ()) for suffix in COMPILERS
               for source in sorted(glob.glob(os.path.join(options.programs, subject, "*" + suffix)))]
    sources = [source for source in sources if not re.search(r"^ \* (only: launched|needs: x86_64)", text_of(source), re.MULTILINE)]
    skipped = " ".join(SKIPPED.values()).split()
    names = {os.path.splitext(os.path.basename(source))[0]: source for source in sources}
    return {name: source for name, source in names.items() if name in (options.names or names.keys() - skipped)}


def built(options, name, source):
    """The program, newer than its source."""
    program = os.path.join(options.work, name)
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
        includes = ["-I", options.programs, "-I", os.path.join(options.programs, "../../include")]
        subprocess.run([COMPILERS[os.path.splitext(source)[1]], *FLAGS, *includes, "-o", program, source, "-ldl", "-lutil", "-lrt"],
                       check=True)
    return program


def judged(options, name, source):
    sysroot = os.path.join(options.build, "aarch64-sysroot")
    libraries = ":".join(os.path.join(sysroot, part, "aarch64-linux-gnu") for part in ("usr/lib", "lib"))
    judge = [sys.executable, os.path.join(options.programs, "judge.py"), "--leakwatch", os.environ["LEAKWATCH"], "--source", source,
             "--library", options.library, "--emulator", f"qemu-aarch64 -L {ROOT} -E LD_LIBRARY_PATH={libraries}"]
    try:
        program = built(options, name, source)
    except subprocess.CalledProcessError as error:
        return name, 1, str(error)
    done = subprocess.run([*judge, program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return name, done.returncode, done.stdout.decode("utf-8", "replace")


def judge_all(options):
    """How many ended how, and sums of what the ledgers count."""
    counts, ends = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(RUNNERS) as pool:
        for name, status, said in pool.map(lambda item: judged(options, *item), wanted(options).items()):
            ends[status] += 1
            for key, value in re.findall(r"(stacks_\w+|checks|differences)=(\d+)", said):
                counts[key] += int(value)
            if status not in (0, 77):
                print(f"{name}: {said}", flush=True)
    return ends, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.build = os.environ["BUILD_DIR"]
    options.library = os.path.join(options.build, "aarch64", "libleakwatch.so")
    options.work = os.path.join(options.build, "aarch64", "programs")
    options.programs = os.path.join(os.environ["SOURCE_DIR"], "tests", "programs")
    if not os.path.exists(options.library) or not shutil.which("qemu-aarch64"):
        print("skipped: there is no library for 64-bit ARM (checks.aarch64 builds it), or no qemu-aarch64")
        return 77
    os.makedirs(options.work, exist_ok=True)
    ends, counts = judge_all(options)
    print(f"{ends.pop(0, 0)} programs as expected, {ends.pop(77, 0)} cannot be run there; "
          + ", ".join(f"{key} {value:,}" for key, value in counts.items()))
    is_remembered = counts["stacks_remembered"] > counts["stacks_full"] + counts["stacks_unlearnt"]
    return 1 if ends or counts["differences"] or (not options.names and not is_remembered) else 0


if __name__ == "__main__":
    sys.exit(main())
