"""The pages of docs/: every command in them is run as it is printed, and says what they print."""
import glob
import os

import command
from transcripts import Transcript, text_of

SOURCE = os.environ.get("SOURCE_DIR") or os.path.abspath(".")
PAGES = {os.path.basename(path)[:-3]: path for path in sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")))}


class Docs(Transcript):
    def test_there_are_pages_and_each_is_in_the_list_of_the_readme(self):
        readme = text_of(os.path.join(SOURCE, "README.md"))
        self.assertEqual(set(PAGES), {"desk", "ci", "production", "internals"})
        for name in PAGES:
            self.assertTrue(f"docs/{name}.md" in readme, name)


for page in PAGES:
    setattr(Docs, f"test_{page}", lambda self, path=PAGES[page]: self.follow(path))


if __name__ == "__main__":
    command.main()
