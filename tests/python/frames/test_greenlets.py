"""Greenlets: Debian's python3-greenlet."""
import compared
from compared import every_python


class Greenlets(compared.Compared):
    @every_python(needs="greenlet")
    def test_greenlets(self, python):
        self.run_program(python, "greenlets.py")
        self.assert_paths_told(least=20)


if __name__ == "__main__":
    compared.main()
