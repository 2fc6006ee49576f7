"""scripts/demo prints what README says. It has a build of its own inside this one, kept from run to run: the first takes a minute."""
import os

import command
from transcripts import Transcript

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")


class Demo(Transcript):
    def test_the_demo(self):
        page = os.path.join(SOURCE, "tests", "cli", "readme", "demo.md")
        self.follow(page, SOURCE_DIR=SOURCE, BUILD_DIR=os.path.abspath(command.BUILD))


if __name__ == "__main__":
    command.main()
