"""leakwatch gate as a launcher of tests: --keep-each."""
import os
import subprocess
import time

import command
from command import LEAKWATCH
from gates import Gate


class Launcher(Gate):
    def rooms(self):
        return {room: len(self.ledgers_in(self.path("each", room))) for room in os.listdir(self.path("each"))}

    def launch(self, *what, status=1):
        self.gate("--keep-each", "each", "--", self.program, *what, status=status)

    def test_each_command_has_its_directory(self):
        self.launch("lose")
        self.launch("lose", "mislay")
        self.launch("close", status=0)
        self.assertEqual(self.rooms(), {"ways.lose": 1, "ways.lose.mislay": 1, "ways.close": 1})
        self.gate("each/ways.lose", "each/ways.close", status=1)

    def run_tests(self, *tests):
        """As one runner of tests would: a shell of its own."""
        lines = [f"{LEAKWATCH} gate --keep-each each -- {self.program} {test}" for test in tests]
        subprocess.run(["sh", "-c", "; ".join(lines) + "; :"], cwd=self.place, env=self.environment(), check=True,
                       capture_output=True, timeout=command.TIMEOUT)

    def test_the_ledgers_of_the_last_run_only(self):
        for _ in range(2):
            self.run_tests("lose daemon lose")
            self.assertEqual(self.rooms(), {"ways.lose.daemon.lose": 2})
            time.sleep(0.2)

    def test_one_command_in_two_tests_of_one_run(self):
        self.run_tests("lose", "lose", "close")
        self.assertEqual(self.rooms(), {"ways.lose": 2, "ways.close": 1})

    def test_names_of_any_kind(self):
        self.launch("../../x\n*", "lose")
        self.launch("lose", "x" * 300 + "1")
        self.launch("lose", "x" * 300 + "2")
        rooms = self.rooms()
        self.assertEqual(len(rooms), 3)
        self.assertIn("ways..._.._x__.lose", rooms)
        self.assertTrue(all(len(room) < 140 and count == 1 for room, count in rooms.items()), rooms)

    def test_where_no_directory_can_be_made(self):
        self.write("each", "a file")
        done = self.gate("--keep-each", "each", "--", self.program, status=2, cause="failed")
        self.assertIn("each", done.stderr.splitlines()[0])


if __name__ == "__main__":
    command.main()
