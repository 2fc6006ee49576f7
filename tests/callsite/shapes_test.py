"""Builds the shapes in every way, runs them to record their stacks, and compares what the judge says with what is
expected: it must agree on 98 % for every compiler, and never say `ignored` of a site that checks.

Prints what it disagrees on, and a table. LEAKWATCH_SHAPES=gcc (or clang, …) builds with that compiler alone."""
import concurrent.futures
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
AGREEMENT = 0.98
BITS = {"ignored": 1, "checked": 2, "checked_some_paths": 4}
IGNORED = BITS["ignored"]
LEVELS = ["-O0", "-O1", "-O2", "-Os", "-O3"]
LINKING = [[], ["-flto"]]
FRAME_POINTERS = ["-fomit-frame-pointer", "-fno-omit-frame-pointer"]
C_SOURCES = ["shapes_ignored.c", "shapes_checked.c", "others.c", "harness.c"]
CXX_SOURCES = ["shapes_cxx.cpp"]
QEMU = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]


class Compiler:
    """A pair of compilers, and what runs their programs."""

    def __init__(self, name, c, cxx, linker=(), runner=()):
        self.name, self.c, self.cxx, self.linker, self.runner = name, c, cxx, list(linker), list(runner)

    def is_here(self):
        return all(shutil.which(words[0]) for words in (self.c, self.cxx, self.runner or self.c))


def for_aarch64(*words):
    return [words[0], "--target=aarch64-linux-gnu", *words[1:]]


COMPILERS = [
    Compiler("gcc", ["gcc"], ["g++"]),
    Compiler("clang", ["clang"], ["clang++"], ["-fuse-ld=lld"]),
    Compiler("gcc-aarch64", ["aarch64-linux-gnu-gcc"], ["aarch64-linux-gnu-g++"], [], QEMU),
    Compiler("clang-aarch64", for_aarch64("clang"), for_aarch64("clang++"), ["-fuse-ld=lld"], QEMU),
]


def run(command, **how):
    result = subprocess.run(command, text=True, capture_output=True, **how)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\nended with {result.returncode}\n{result.stderr}")
    return result.stdout


def build(compiler, options, directory):
    recorder = directory / "librecorder.so"
    run([*compiler.c, "-O1", "-fPIC", "-shared", *compiler.linker, HERE / "recorder.c", "-o", recorder])
    objects = []
    for words, sources in ((compiler.c, C_SOURCES), (compiler.cxx, CXX_SOURCES)):
        for source in sources:
            objects.append(directory / (source + ".o"))
            run([*words, *options, "-w", "-c", HERE / source, "-o", objects[-1]])
    program = directory / "shapes"
    run([*compiler.cxx, *options, *compiler.linker, *objects, recorder, f"-Wl,-rpath,{directory}", "-o", program])
    return program


def judge(compiler, options):
    """What the judge says of every shape: (name, expected, verdict, evidence)."""
    with tempfile.TemporaryDirectory(prefix="shapes") as directory:
        program = build(compiler, options, Path(directory))
        stacks = run([*compiler.runner, program])
        said = run([os.environ["CALLSITE_JUDGE"], program], input=stacks)
    return [(name, int(expected), verdict, evidence)
            for name, expected, verdict, evidence in (line.split(" ", 3) for line in said.splitlines())]


def configurations(compiler):
    for level, linking, frame_pointer in itertools.product(LEVELS, LINKING, FRAME_POINTERS):
        yield compiler, [level, *linking, frame_pointer]


class Tally:
    """What was found with one compiler."""

    def __init__(self):
        self.sites = self.agreed = self.accused = self.unknown = 0

    def add(self, configuration, verdicts):
        compiler, options = configuration
        for name, expected, verdict, evidence in verdicts:
            self.sites += 1
            self.unknown += verdict == "unknown"
            if BITS.get(verdict, 0) & expected:
                self.agreed += 1
                continue
            accused = verdict == "ignored" and not expected & IGNORED
            self.accused += accused
            print(f"{compiler.name} {' '.join(options)}: {name} is {verdict} {evidence}"
                  f"{'  <-- it does look!' if accused else ''}")

    def is_good(self):
        return self.sites > 0 and self.agreed >= AGREEMENT * self.sites and self.accused == 0


def main():
    wanted = os.environ.get("LEAKWATCH_SHAPES")
    compilers = [compiler for compiler in COMPILERS if compiler.is_here() and wanted in (None, compiler.name)]
    if not compilers:
        print("no compiler is here")
        return 77
    tallies = {compiler.name: Tally() for compiler in compilers}
    work = [configuration for compiler in compilers for configuration in configurations(compiler)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for configuration, verdicts in zip(work, pool.map(lambda one: judge(*one), work)):
            tallies[configuration[0].name].add(configuration, verdicts)
    print(f"{'compiler':14} {'sites':>6} {'agreed':>8} {'unknown':>8} {'wrongly ignored':>16}")
    for name, tally in tallies.items():
        print(f"{name:14} {tally.sites:6} {tally.agreed / tally.sites:8.2%} {tally.unknown:8} {tally.accused:16}")
    return 0 if all(tally.is_good() for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
