"""An interpreter that a program loads for itself, where nobody else sees its symbols."""
import glob
import os

import compared
from compared import HELPERS, every_python


def library_of(python):
    """Debian's interpreter is static; what embeds it has the library."""
    places = ["/usr/lib/x86_64-linux-gnu"] if python.is_debians else [os.path.join(python.prefix, "lib")]
    found = [path for place in places for path in glob.glob(f"{place}/libpython3.{python.minor}.so.1.0")]
    return found[0] if found else None


class Embedding(compared.Compared):
    @every_python()
    def test_embedded_twice(self, python):
        library = library_of(python)
        if not library:
            self.assertFalse(python.is_debians, "libpython3.11 is not installed")
            self.skipTest(f"{python} has no shared library")
        script = self.program("embedded.py")
        output = self.start([os.path.join(HELPERS, "embedding"), library, script],
                            environment=self.preloaded(PYTHONHOME=python.prefix))
        print(f"{python}: {output.split()}")
        self.assert_paths_told(least=8)
        for ledger in self.ledgers():
            for slot in ledger.slots:
                if slot.get("detail") in ("/dev/null", "/dev/zero") and slot["word"].startswith("held") and slot["site"] != "0":
                    self.assertEqual(ledger.lines(ledger.stack_of(slot)), [])


if __name__ == "__main__":
    compared.main()
