"""A C library of a Python program jumps to where no code is: its handler of signals opens files, and ends as it always did."""
import os
import subprocess

from watched import PYTHON, Scripts, main

HANDLER = r"""
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
static void handle(int signal)
{
    (void)signal;
    int file = open("/dev/null", O_RDONLY);
    close(file);
    _exit(file >= 0 ? 7 : 8);
}
void arm(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}
"""


class WildJumps(Scripts):
    def test_a_handler_of_the_fault_works(self):
        library = self.path("handler.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, self.write("handler.c", HANDLER)], check=True)
        for address in (0x10, 0x1234567, 0x7fffffffe000):
            with self.subTest(address=hex(address)):
                script = self.script(f"""
                    import ctypes, os
                    os.close(os.open("/dev/null", os.O_RDONLY))
                    ctypes.CDLL({library!r}).arm()
                    ctypes.CFUNCTYPE(None)({address})()
                """, prelude="")
                done = self.leakwatch("run", "--", PYTHON, script, status=None, environment=dict(os.environ))
                self.assertEqual(done.returncode, 7, done.stderr)


if __name__ == "__main__":
    main()
