"""leakwatch attach and detach: what is refused, each by one clear line and before anything was touched."""
import os
import shutil
import signal
import subprocess
import sys
import time

import command
from attached import OBEDIENT, AttachPlace
from command import LEAKWATCH, LIBRARY, TIMEOUT


class AttachRefusals(AttachPlace):
    def mappings(self, process):
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
            return [line for line in file if "[heap]" not in line and "[stack]" not in line]

    def is_refused(self, process, *words, ledgers=None, environment=None):
        before = self.mappings(process)
        done = self.leakwatch("attach", "--ledgers", ledgers or self.ledgers, str(process.pid), status=2, environment=environment)
        self.assert_one_line(done.stderr, str(process.pid), *words)
        self.assertEqual(self.mappings(process), before)
        self.assertIsNone(process.poll())

    def test_no_such_process(self):
        process = self.start("true")
        process.wait(TIMEOUT)
        for name in ("attach", "detach"):
            self.assert_one_line(self.leakwatch(name, str(process.pid), status=2).stderr, "there is no process")
            self.assertIn("not the number of a process", self.leakwatch(name, "nginx", status=2).stderr)

    def test_static(self):
        self.is_refused(self.start_program("obedient", OBEDIENT, ("-static", "-pthread")), "linked statically")

    def test_under_a_debugger(self):
        process = self.start_program("obedient", OBEDIENT)
        tracer = self.start("strace", "-qq", "-o", "/dev/null", "-p", str(process.pid)) if shutil.which("strace") else None
        if tracer is None:
            self.skipTest("strace is not installed")
        while "TracerPid:\t0\n" in open(f"/proc/{process.pid}/status", encoding="utf-8").read():
            time.sleep(0.05)
        self.is_refused(process, f"is under strace, process {tracer.pid}: let that go first")
        tracer.terminate()
        tracer.wait(TIMEOUT)

    def test_a_thread_of_the_kernel(self):
        """Number 2 starts them all; in a container that is anybody's number."""
        if not os.path.exists("/proc/2/comm") or open("/proc/2/comm", encoding="utf-8").read() != "kthreadd\n":
            self.skipTest("threads of the kernel are not to be seen here")
        self.assert_one_line(self.leakwatch("attach", "2", status=2).stderr, "(kthreadd) is a thread of the kernel")

    def test_root_is_not_told_to_be_root(self):
        """strace has the opening of the file fail, as the kernel would for what is protected also from root."""
        if os.getuid() != 0 or not shutil.which("strace"):
            self.skipTest("needs root, and strace")
        process = self.start_program("obedient", OBEDIENT)
        done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-P", f"/proc/{process.pid}/maps", "-e",
                               "inject=openat:error=EACCES", LEAKWATCH, "attach", str(process.pid)],
                              env=self.environment(ASAN_OPTIONS="detect_leaks=0"), cwd=self.place, capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)
        self.assert_one_line(done.stderr, "may not be looked at")
        self.assertNotIn("run this as root", done.stderr)

    def test_stopped(self):
        process = self.start_program("obedient", OBEDIENT)
        process.send_signal(signal.SIGSTOP)
        while " T " not in open(f"/proc/{process.pid}/stat", encoding="utf-8").read():
            time.sleep(0.05)
        self.is_refused(process, "is stopped")
        process.send_signal(signal.SIGCONT)
        self.tell(process, "f")

    def test_from_its_start(self):
        process = self.start_program("obedient", OBEDIENT,
                                     environment={"LD_PRELOAD": LIBRARY, "LEAKWATCH_OPTIONS": f"dir={self.ledgers}"})
        self.is_refused(process, "is watched already, from its start")
        self.assertIn("only be let go by a restart", self.detach(process, status=2))

    def test_twice(self):
        process = self.start_program("obedient", OBEDIENT)
        self.assertIn("is not watched", self.detach(process, status=2))
        self.attach(process)
        self.is_refused(process, "is watched already")
        self.detach(process)
        self.assertIn("is not watched", self.detach(process, status=2))

    def test_under_a_filter(self):
        filtered = OBEDIENT.replace("    printf(\"ready", "    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || "
                                    "syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &(struct sock_fprog){1, "
                                    "&(struct sock_filter){BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}))\n"
                                    "        return 77;\n    printf(\"ready", 1)
        headers = ("linux/filter.h", "linux/seccomp.h", "sys/prctl.h", "sys/syscall.h")
        filtered = "".join(f"#include <{header}>\n" for header in headers) + filtered
        self.is_refused(self.start_program("filtered", filtered), "seccomp")

    def test_where_it_may_not_write(self):
        process = self.start_program("obedient", OBEDIENT)
        self.assert_one_line(self.leakwatch("attach", "--ledgers", self.path("none"), str(process.pid), status=2).stderr, "none")
        if os.getuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root, and setpriv")
        os.chmod(self.place, 0o755)
        other = self.start("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--bounding-set=-all",
                           self.path("obedient"))
        self.assertEqual(other.stdout.readline(), "ready\n")
        self.is_refused(other, "may not write to", self.ledgers)

    def test_another_users(self):
        if os.getuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root, and setpriv")
        process = self.start_program("obedient", OBEDIENT)
        os.chmod(self.place, 0o755)
        done = subprocess.run(["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", LEAKWATCH, "attach",
                               "--ledgers", "/tmp", str(process.pid)], env=self.environment(), capture_output=True, text=True,
                              timeout=TIMEOUT, check=False)
        if "Permission denied" in done.stderr and done.returncode > 2:
            self.skipTest("nobody may not run what was built here")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "may not be looked at")

    def test_another_root(self):
        if os.getuid() != 0 or not shutil.which("unshare"):
            self.skipTest("needs root, and unshare")
        hidden = self.path("hidden")
        os.mkdir(hidden)
        shutil.copy(LIBRARY, self.path("hidden", "libleakwatch.so"))
        program = self.compile("obedient", OBEDIENT, ("-O1", "-pthread"))
        process = self.start("unshare", "--mount", "sh", "-c", f"mount -t tmpfs none {hidden} && exec {program}")
        if process.stdout.readline() != "ready\n":
            self.skipTest("mounts may not be made here")
        self.is_refused(process, "does not see",
                        environment=self.environment(LEAKWATCH_LIBRARY=self.path("hidden", "libleakwatch.so")))

    def test_another_name_space_of_processes(self):
        if os.getuid() != 0 or not shutil.which("unshare"):
            self.skipTest("needs root, and unshare")
        program = self.compile("obedient", OBEDIENT, ("-O1", "-pthread"))
        outer = self.start("unshare", "--pid", "--fork", program)
        if outer.stdout.readline() != "ready\n":
            self.skipTest("name spaces may not be made here")
        with open(f"/proc/{outer.pid}/task/{outer.pid}/children", encoding="utf-8") as file:
            inner = file.read().split()[0]
        said = self.leakwatch("attach", "--ledgers", self.ledgers, inner, status=2).stderr
        os.kill(int(inner), signal.SIGKILL)
        self.assert_one_line(said, inner, "another name space of processes")

    def test_a_sanitizer(self):
        process = self.start_program("obedient", OBEDIENT, ("-fsanitize=address", "-pthread"))
        self.is_refused(process, "sanitizer")


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("attach knows x86_64 only so far")
        sys.exit(77)
    command.main()
