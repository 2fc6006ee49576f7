"""The lines of Python that asked for a resource, in the report's stacks."""
import textwrap

import watched


class Lines(watched.Scripts):
    def leak(self, before, call):
        """The lines of Python in the stack of what the call leaves in its scope: (function, name of file, line). The
        call stands on the line `# acquired`; before it other lines may stand."""
        text = textwrap.dedent(before) + f"with leakwatch.scope('work'):\n    kept = {call}  # acquired\n"
        report, _ = self.watched(text)
        leaks = [finding for finding in self.found(report, "scope-leak") if finding["scope"] == "work"]
        self.assertEqual(len(leaks), 1, [finding["resource"] for finding in leaks])
        return self.python_lines(leaks[0])

    def python_lines(self, leak):
        lines = []
        for frame in leak["stacks"]["acquired"]:
            if frame["language"] == "python":
                lines.append((frame["function"].rpartition(".")[2], frame["file"].rpartition("/")[2], frame["line"]))
        return lines

    def script_lines(self, *places):
        return [(function, "script.py", self.line_of(mark)) for function, mark in places]

    def test_open(self):
        lines = self.leak("""
            def inner():
                return os.open("/dev/null", os.O_RDONLY)  # inner
            def outer():
                return [inner()]  # outer
        """, "outer()")
        self.assertEqual(lines, self.script_lines(("inner", "inner"), ("outer", "outer"), ("<module>", "acquired")))

    def test_all_of_them(self):
        lines = self.leak("""
            def deep(depth):
                return deep(depth - 1) if depth else open("/dev/null")  # deep
        """, "deep(20)")
        self.assertEqual(lines, self.script_lines(*[("deep", "deep")] * 21, ("<module>", "acquired")))

    def test_through_the_library(self):
        lines = self.leak("""
            import tempfile
            def spool():
                return tempfile.mkstemp()[0]  # spool
        """, "spool()")
        self.assertEqual([name for _, name, _ in lines], ["tempfile.py"] * 2 + ["script.py"] * 2)
        self.assertEqual(lines[2:], self.script_lines(("spool", "spool"), ("<module>", "acquired")))

    def test_kinds_of_calls(self):
        for modules, call in (("socket", "socket.socket()"), ("os", "os.scandir('/')"),
                              ("mmap", "mmap.mmap(memory, 4096)"), ("fcntl", "fcntl.fcntl(0, fcntl.F_DUPFD, 50)"),
                              ("sqlite3", "sqlite3.connect('base')"),
                              ("pathlib", "pathlib.Path('/dev/null').open()"), ("io", "io.FileIO('/dev/null')")):
            with self.subTest(call=call):
                lines = self.leak(f"""
                    import {modules}
                    memory = os.memfd_create("memory")
                    os.ftruncate(memory, 4096)
                """, call)
                self.assertEqual(lines[-1:], self.script_lines(("<module>", "acquired")))

    def test_a_line_is_not_told_of_another_acquisition(self):
        report, _ = self.watched("""
            kept = []
            kept.append(os.open("/dev/null", os.O_RDONLY))  # opened
            with leakwatch.scope("pipes"):
                kept.append(os.pipe())
            with leakwatch.scope("wrapped"):
                os.fdopen(os.dup(0))
                kept.append(os.dup(0))
        """)
        leaks = [finding for finding in report["findings"] if finding.get("scope") in ("pipes", "wrapped")]
        self.assertEqual(len(leaks), 2)
        for leak in leaks:
            lines = [frame["line"] for frame in leak["stacks"]["acquired"] if frame["language"] == "python"]
            self.assertIn(lines[-1], range(self.line_of("opened") + 1, self.line_of("opened") + 6))

    def test_accepted_sockets_and_pipes_of_children_are_labelled(self):
        told = self.told("""
            import socket, subprocess
            server = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(server.getsockname())
            with leakwatch.scope("accept"):
                connection, _ = server.accept()  # accepted
                tell(labels=[resource.label for resource in leakwatch.held()])
            with leakwatch.scope("pair"):
                pair = socket.socketpair()  # paired
                tell(labels=[resource.label for resource in leakwatch.held()])
            with leakwatch.scope("child"):
                child = subprocess.Popen(["true"], stdout=subprocess.PIPE)  # child
                tell(labels=[resource.label for resource in leakwatch.held() if resource.type == "pipe"])
            child.wait()
        """)
        self.assertEqual([line["labels"] for line in told],
                         [[f"<module> at script.py:{self.line_of('accepted')}"],
                          [f"<module> at script.py:{self.line_of('paired')}"] * 2,
                          [f"<module> at script.py:{self.line_of('child')}"]])

    def test_generated_code_does_not_fill_the_ledger(self):
        report, told = self.watched("""
            for number in range(5000):
                exec(compile(f"\\n\\nos.close(os.open('/dev/null', os.O_RDONLY))", f"<generated {number}>", "exec"))
            kept = os.open("/dev/zero", os.O_RDONLY)
            tell(remembered=max(len(leakwatch._told), len(leakwatch._ranks)) <= leakwatch._REMEMBERED)
        """)
        self.assertEqual(told, [{"remembered": True}])
        self.assertIn("/dev/zero", str(self.only(report, "fd-leak")["resource"]))

    def test_the_programs_call_never_fails_by_being_heard(self):
        told = self.told("""
            import socket
            class Odd(socket.socket):
                def __init__(self, fileno):
                    super().__init__(fileno=fileno)
            left, right = socket.socketpair()
            odd = Odd(os.dup(left.fileno()))
            for wrong in (lambda: open(12345), lambda: open(-1), lambda: open("\\udcff/nowhere"),
                          lambda: os.scandir("nowhere"), lambda: socket.socket(fileno=12345),
                          lambda: os.open("nowhere", 0)):
                try:
                    wrong()
                except (OSError, ValueError) as error:
                    tell(error=type(error).__name__, number=getattr(error, "errno", None))
        """)
        self.assertEqual([(line["error"], line["number"]) for line in told],
                         [("OSError", 9), ("ValueError", None), ("FileNotFoundError", 2), ("FileNotFoundError", 2),
                          ("OSError", 9), ("FileNotFoundError", 2)])


if __name__ == "__main__":
    watched.main()
