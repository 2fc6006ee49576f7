import sys
sys.path.insert(0, ".")
sys.modules.pop("noting", None)
import noting

def inner(tag):
    noting.take(tag)

class K:
    def method(self, tag):
        return [inner(tag) for _ in range(1)]

turn = len([name for name in noting.os.listdir(noting.HELD)])
K().method(f"embedded {turn}")
sorted([1], key=lambda _: noting.take(f"sorted {turn}"))
