"""Reads what Prometheus would: both text formats, strictly. What is wrong in them is an error here."""
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
ESCAPED = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}
SUFFIXES = {"counter": "_total", "info": "_info"}


class Family:
    def __init__(self, name):
        self.name, self.type, self.unit, self.help, self.samples = name, None, None, None, []


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"a label in {text!r} at {at}"
        name, value = found.groups()
        assert name not in labels, f"{name} twice in {text!r}"
        labels[name] = re.sub(r'\\["\\n]', lambda escape: ESCAPED[escape.group()], value)
        at = found.end()
        if at < len(text):
            assert text[at] == ",", f"what follows a label in {text!r}"
            at += 1
    return labels


def read_sample(line):
    name = NAME.match(line)
    assert name, line
    rest, labels = line[name.end():], {}
    if rest.startswith("{"):
        close = re.match(r'\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}', rest)
        assert close, line
        labels, rest = labels_of(rest[1:close.end() - 1]), rest[close.end():]
    assert re.fullmatch(r" (\+Inf|-Inf|NaN|[-+0-9.e]+)", rest), line
    return name.group(), labels, float(rest)


def read(text, is_open_metrics):
    """Families by name, in their order; no sample may come twice, and none outside of its family."""
    families, family, seen = {}, None, set()
    assert text.endswith("\n")
    lines = text.split("\n")[:-1]
    if is_open_metrics:
        assert lines.pop() == "# EOF"
    for line in lines:
        if line.startswith("# "):
            _, what, name, value = line.split(" ", 3)
            if family is None or family.name != name:
                assert name not in families, f"{name} begins twice"
                family = families[name] = Family(name)
            assert not family.samples, f"{line} behind samples"
            setattr(family, what.lower(), value)
            continue
        name, labels, value = read_sample(line)
        key = (name, tuple(sorted(labels.items())))
        assert key not in seen, f"{line} twice"
        seen.add(key)
        wanted = family.name + (SUFFIXES.get(family.type, "") if is_open_metrics else "")
        assert name == wanted, f"{line} in {family.name}"
        family.samples.append((labels, value))
    for family in families.values():
        assert family.help and family.type in ("gauge", "counter", "info"), family.name
        assert family.unit is None or family.name.endswith("_" + family.unit), family.name
    return families
