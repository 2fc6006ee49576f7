"""The same words wherever people read: in reports, baselines, comparisons and the messages of tests."""
import os
import subprocess
import sys

import command
from command import Place

HELD = r"""
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "leakwatch/leakwatch_print.h"
int main(int count, char **arguments)
{
    FILE *file = fopen(arguments[0], "r");
    DIR *directory = count > 1 ? opendir("/") : NULL;
    char *text = leakwatch_describe_held(NULL);
    printf("%s", text ? text : "nothing\n");
    free(text);
    return file == NULL && directory == NULL;
}
"""

PYTHON_HELD = """\
import leakwatch, os
with leakwatch.scope("work") as work:
    fd = os.open("/dev/null", os.O_RDONLY)
    print(leakwatch.held(work)[0])
"""

# One takes the place of a file that was written to, the other of one that was only read.
CLOBBERED = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    int null = open("/dev/null", O_RDWR);
    int written = open("out.txt", O_RDWR | O_CREAT, 0600), read = open("/etc/passwd", O_RDONLY);
    for (int i = 0; i < 2; i++)
        dup2(null, i ? read : written);
    close(written);
    close(read);
    close(null);
    return 0;
}
"""

MAPPED = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
int main(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return 77;
    listen(fd, 1);
    return 0;
}
"""


class Words(Place):
    def include(self):
        return os.path.join(os.environ.get("SOURCE_DIR") or os.getcwd(), "include")

    def compile_held(self):
        return self.compile("held", HELD, flags=("-g", "-O1", "-D_FILE_OFFSET_BITS=64", f"-I{self.include()}"))

    def test_calls_are_told_as_they_are_written(self):
        program = self.compile_held()
        names = subprocess.run(["nm", "-D", program], capture_output=True, text=True, check=True).stdout
        self.assertIn("fopen64", names)
        done = self.leakwatch("run", "--keep-ledgers", "one", "--", program)
        self.assertIn(", acquired by fopen\n", done.stdout)
        self.leakwatch("run", "--keep-ledgers", "none", "--", "/bin/true")
        compared = self.leakwatch("diff", "none", "one", status=1).stdout
        self.assertRegex(compared, r"(?m)^new: \w+: stream-leak [0-9a-f]{16}, main, held.c \(fopen\) at held.c:8: 1$")
        self.leakwatch("gate", "--baseline", "known", "--update-baseline", "--", program, status=None)
        with open(self.path("known"), encoding="utf-8") as file:
            self.assertIn("  where  main, held.c (fopen)\n", file.read())
        report, _ = self.run_json("--", program)
        self.assertEqual(self.only(report, "stream-leak")["call"], "fopen64")

    def test_python_tells_them_so_too(self):
        path = self.leakwatch("--print-python-path").stdout.strip()
        done = self.leakwatch("run", "--", sys.executable, "-c", PYTHON_HELD, environment=self.environment(PYTHONPATH=path))
        self.assertRegex(done.stdout, r"^fd \d+ \(file\), /dev/null, by open\n$")

    def test_what_is_not_counted_can_be_understood(self):
        done = self.leakwatch("run", "--", self.compile("clobbered", CLOBBERED))
        self.assertIn("  1 more here is not counted: less is wrong with it\n", done.stderr)
        self.assertNotIn("notes", done.stderr.replace("stacks and notes", ""))

    def test_an_ipv4_address_of_an_ipv6_socket_is_told_as_one(self):
        done = self.leakwatch("run", "--", self.compile("mapped", MAPPED), status=None)
        if done.returncode == 77:
            self.skipTest("there is no IPv6 here")
        self.assertRegex(done.stderr, r"listening 127\.0\.0\.1:\d+")
        self.assertNotIn("ffff", done.stderr)

    def test_lines_of_python_are_told_of_any_program(self):
        self.write("forget.py", "import os\nfor _ in range(3):\n    os.open('/dev/null', os.O_RDONLY)\n")
        plain = self.leakwatch("run", "--", sys.executable, "forget.py").stderr
        self.assertIn("forget.py:3", plain)
        self.assertNotIn("no lines of Python", plain)
        self.assertNotIn("no lines of Python", self.leakwatch("run", "--", self.compile("forgetful")).stderr)


if __name__ == "__main__":
    command.main()
