#!/usr/bin/env python3
"""Ledgers that were cut off, flipped, planted or are none: `dump` and `report` show what there is, or say one clear
line and end with 2. They never crash, hang, or take the machine's memory."""
import os
import random
import resource
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("BUILD_DIR") or os.path.abspath("build")
LEAKWATCH = os.environ.get("LEAKWATCH") or os.path.join(BUILD, "leakwatch")
LIBRARY = os.environ.get("LEAKWATCH_LIBRARY") or os.path.join(BUILD, "libleakwatch.so")
PROGRAM = os.path.join(BUILD, "tests", "programs", "files")
NOBODY = 65534
SECONDS = 600  # a hang, on a machine with a load of 20 too
MOST_MEMORY = 512 << 10  # KiB resident, of every command that was run


def real_ledger(directory):
    """The bytes of a ledger that a program wrote."""
    written = os.path.join(directory, "written")
    os.mkdir(written)
    environment = dict(os.environ, LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={written}:keep=all:quiet=1")
    subprocess.run([PROGRAM], env=environment, cwd=directory, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)
    (name,) = os.listdir(written)
    with open(os.path.join(written, name), "rb") as file:
        return file.read()


class DamagedLedgers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="leakwatch-damaged-")
        cls.bytes = real_ledger(cls.directory)
        cls.used = int.from_bytes(cls.bytes[32:40], "little")
        cls.random = random.Random(20)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def path(self, name="damaged.lwl"):
        return os.path.join(self.directory, name)

    def write(self, data, size=None):
        with open(self.path(), "wb") as file:
            file.write(data)
            if size is not None:
                file.truncate(size)
        return self.path()

    def run_command(self, command, path, **more):
        done = subprocess.run(
            [LEAKWATCH, command, path], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, **more
        )
        self.assertIn(done.returncode, (0, 2), f"{command}: {done.stderr}")
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        return done

    def refused(self, command, path, words, **more):
        """Status 2, nothing but one line on stderr, which says these words."""
        done = self.run_command(command, path, **more)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(done.stdout, b"")
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("leakwatch: "), lines)
        self.assertIn(words, lines[0])

    def looked_at(self, command, path):
        """A whole answer, a refusal, or an answer on what is left of it, whose status says so."""
        done = self.run_command(command, path)
        if b"cut off after" in done.stderr and done.stdout:
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        elif done.returncode == 0:
            self.assertTrue(done.stdout)
        else:
            self.refused(command, path, "")

    def tearDown(self):
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(used, MOST_MEMORY)

    def test_a_sound_one_is_shown(self):
        path = self.write(self.bytes)
        done = self.run_command("dump", path)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, b"")
        lines = done.stdout.decode().splitlines()
        self.assertIn("damaged 0", lines)
        self.assertTrue(any(line.startswith("slot fd ") and 'detail="settings.conf"' in line for line in lines))
        self.assertTrue(any(line.startswith("site ") and 'call="openat"' in line for line in lines))
        self.assertIn(b"fd-leak", self.run_command("report", path).stdout)

    def test_cut_off_anywhere(self):
        sizes = list(range(1, 64)) + [self.random.randrange(64, self.used) for _ in range(60)]
        for size in sizes:
            with self.subTest(size=size):
                self.looked_at("dump", self.write(self.bytes[:size]))
        for size in sizes[::4]:
            with self.subTest(size=size):
                self.looked_at("report", self.write(self.bytes[:size]))

    def test_a_copy_of_one_that_is_being_written_cut_off(self):
        """Its process runs: that is no reason to take what is not there for nothing."""
        living = os.path.join(self.directory, "living")
        os.mkdir(living)
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, LEAKWATCH_OPTIONS=f"dir={living}:keep=all:quiet=1")
        process = subprocess.Popen(["cat"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            process.stdin.write(b"ready\n")
            process.stdin.flush()
            process.stdout.readline()
            (name,) = os.listdir(living)
            with open(os.path.join(living, name), "rb") as file:
                data = file.read(1 << 20)
            used = int.from_bytes(data[32:40], "little")
            for command in ("report", "trend"):
                sound = self.run_command(command, os.path.join(living, name))
                self.assertEqual((sound.returncode, sound.stderr), (0, b""))
                cut = self.run_command(command, self.write(data[:used - 100]))
                self.assertEqual(cut.returncode, 2, cut.stdout)
                self.assertIn(b"cut off after", cut.stderr + cut.stdout)
        finally:
            process.stdin.close()
            process.wait(SECONDS)
            process.stdout.close()

    def test_any_byte_flipped(self):
        places = list(range(0, 200)) + [self.random.randrange(200, self.used) for _ in range(200)]
        for number, place in enumerate(places):
            data = bytearray(self.bytes)
            data[place] ^= self.random.choice((0xff, 0x01, 0x80))
            path = self.write(data)
            with self.subTest(place=place):
                self.looked_at("dump", path)
                if number % 5 == 0:
                    self.looked_at("report", path)

    def test_noise(self):
        for start in (0, 8, 64, 2000, self.used // 2):
            noise = self.random.randbytes(self.used - start)
            path = self.write(self.bytes[:start] + noise)
            with self.subTest(start=start):
                self.looked_at("dump", path)
                self.looked_at("report", path)

    def test_another_version(self):
        data = bytearray(self.bytes)
        data[8:10] = (9).to_bytes(2, "little")
        for command in ("dump", "report"):
            self.refused(command, self.write(data), "use that version's leakwatch")

    def test_ten_terabytes_of_hole(self):
        data = bytearray(self.bytes)
        data[32:40] = (10 << 40).to_bytes(8, "little")
        for command in ("dump", "report"):
            self.refused(command, self.write(data, 10 << 40), "beyond 2 GiB")

    def test_no_ledger_at_all(self):
        fifo = self.path("fifo.lwl")
        os.mkfifo(fifo)
        directory = self.path("directory.lwl")
        os.mkdir(directory)
        for command in ("dump", "report"):
            with self.subTest(command=command):
                self.refused(command, self.write(b""), "is empty")
                self.refused(command, self.write(b"once upon a time"), "not a leakwatch ledger")
                self.refused(command, fifo, "a FIFO")
                self.refused(command, "/dev/zero", "a character device")
                self.refused(command, self.path("missing.lwl"), "No such file")
        self.refused("dump", directory, "a directory")

    def test_a_path_that_would_colour_the_terminal(self):
        for command in ("dump", "report"):
            self.refused(command, self.path("a\nb\x1b[31mc.lwl"), "a\\x0ab\\x1b[31mc.lwl")

    def test_somebody_else_s(self):
        os.chmod(self.directory, 0o755)
        path = self.write(self.bytes)
        os.chmod(path, 0)
        more = {}
        if os.geteuid() == 0:
            more = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
            if subprocess.run(["test", "-x", LEAKWATCH], **more).returncode != 0:
                self.skipTest("the build directory is not for others to read")
        try:
            for command in ("dump", "report"):
                self.refused(command, path, "Permission denied", **more)
        finally:
            os.chmod(path, 0o600)

    def test_names_cannot_break_a_line(self):
        """A path that the program opened and that holds an escape sequence."""
        name = b"settings.conf"
        evil = b"sett\x1b[1m\n.cfg"
        self.assertEqual(len(evil), len(name))
        path = self.write(self.bytes.replace(name, evil))
        done = self.run_command("dump", path)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(rb'detail="sett\x1b[1m\x0a.cfg"' in done.stdout)
        self.run_command("report", path)


if __name__ == "__main__":
    unittest.main()
