"""Reports in all formats, read back by each format's own parser."""
import html.parser
import json
import os
import re
import xml.etree.ElementTree as ElementTree

import debian_modules

debian_modules.need("jsonschema", "markdown_it")
import jsonschema  # noqa: E402
import markdown_it  # noqa: E402

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemas")


def validate(document, name):
    with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(document)


# ---- One function for each format: a list of findings {kind, level, path, line, text} ----------------------------------

def sarif_message(text):
    """As a viewer shows it: doubled braces are one, an escaped bracket is one."""
    assert not re.search(r"(?<!\\)\]\(", text), f"a link: {text}"
    return text.replace("{{", "{").replace("}}", "}").replace("\\](", "](")


def unquoted(uri):
    assert re.fullmatch(r"(file://)?[A-Za-z0-9._~/-]*(%[0-9A-F]{2}[A-Za-z0-9._~/-]*)*", uri), uri
    return re.sub("%(..)", lambda match: chr(int(match[1], 16)), uri).encode("latin-1")


def sarif_place(location):
    physical = location.get("physicalLocation", {})
    return unquoted(physical["artifactLocation"]["uri"]), physical.get("region", {}).get("startLine")


def read_sarif(text):
    document = json.loads(text)
    validate(document, "sarif.json")
    run, = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    findings = []
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        path, line = sarif_place(result["locations"][0])
        functions = [place["fullyQualifiedName"] for stack in result.get("stacks", []) for frame in stack["frames"]
                     for place in frame["location"].get("logicalLocations", [])]
        findings.append({"kind": result["ruleId"], "level": result["level"], "path": path, "line": line,
                         "text": "\n".join([sarif_message(result["message"]["text"]), *functions])})
    return findings


def read_codequality(text):
    document = json.loads(text)
    validate(document, "codequality.json")
    fingerprints = [entry["fingerprint"] for entry in document]
    assert len(set(fingerprints)) == len(fingerprints)
    levels = {"critical": "error", "major": "warning", "info": "note"}
    return [{"kind": entry["check_name"], "level": levels[entry["severity"]], "path": entry["location"]["path"],
             "line": entry["location"]["lines"]["begin"], "text": entry["description"] + "\n" + entry["content"]["body"]}
            for entry in document]


def check_counts(suite):
    cases = suite.findall("testcase")
    counts = {"tests": len(cases), "failures": len(suite.findall("testcase/failure")), "errors": 0, "skipped": 0}
    assert {key: int(suite.get(key)) for key in counts} == counts, ElementTree.tostring(suite)
    return counts


def read_junit(text):
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "system-out", "system-err"}
    assert {element.tag for element in root.iter()} <= allowed
    counts = [check_counts(suite) for suite in root.findall("testsuite")]
    for key in ("tests", "failures"):
        assert int(root.get(key)) == sum(count[key] for count in counts)
    findings = []
    for case in root.iter("testcase"):
        told = case.find("failure") if case.find("failure") is not None else case.find("system-out")
        if told is not None:
            line = case.get("line")
            findings.append({"kind": case.get("name").split(" ")[0], "path": case.get("file"),
                             "line": int(line) if line else None,
                             "level": "error" if told.tag == "failure" else "note",
                             "text": "\n".join([told.get("message", ""), told.text])})
    return findings


def unescaped(text, *more):
    for code, character in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, character)
    return text


def unescaped_property(text):
    return unescaped(text, ("%3A", ":"), ("%2C", ","))


def read_github(text):
    """As the runner reads a log: a command is a line, which it takes apart before it takes the escapes back."""
    findings = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, f"no command: {line}"
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert set(properties) <= {"file", "line", "title"}, line
        place = unescaped_property(properties["file"]) if "file" in properties else None
        if properties["title"] != "leakwatch":
            findings.append({"kind": properties["title"].split()[1], "level": match[1].replace("notice", "note"),
                             "path": place, "line": int(properties.get("line", 0)) or None, "text": unescaped(match[3])})
    return findings


def plain_tokens(tokens):
    """The text that a reader of rendered Markdown sees. Nothing but what leakwatch writes may be markup."""
    allowed = {"heading_open", "heading_close", "bullet_list_open", "bullet_list_close", "list_item_open",
               "list_item_close", "paragraph_open", "paragraph_close", "inline", "text", "code_inline", "fence",
               "html_block", "softbreak"}
    pieces = []
    for token in tokens:
        assert token.type in allowed, f"{token.type}: {token.content}"
        if token.type == "html_block":
            tag = token.content.strip()
            assert re.fullmatch(r"<details><summary>[a-z ]+</summary>|</details>", tag), tag
        elif token.children:
            pieces.append(plain_tokens(token.children))
        elif token.type == "text":
            assert not re.search(r"[@<&\\*_\[\]#|~`]|www", token.content), token.content
            pieces.append(token.content)
        else:
            pieces.append(token.content)
        if token.type in ("fence", "paragraph_close", "heading_close", "html_block"):
            pieces.append("\n")
    return "".join(pieces)


HEADLINE = r"(error|warning|note): (.*?)( at (.*):(\d+))?( in .*)? {}\n"


def from_headline(part, kind):
    """What the headline of a finding says, in text and in Markdown."""
    match = re.match(HEADLINE.format(kind), part)
    return match and {"kind": match[7], "level": match[1], "path": match[4], "line": int(match[5]) if match[5] else None,
                      "text": part}


def read_markdown(text):
    tokens = markdown_it.MarkdownIt("commonmark").parse(text)
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open"] + [len(tokens)]
    parts = [plain_tokens(tokens[start:end]) for start, end in zip(starts, starts[1:])]
    return [finding for finding in (from_headline(part, r"\(([a-z-]+)\)") for part in parts) if finding]


class Page(html.parser.HTMLParser):
    """A page's elements; the text of each finding."""
    VOID = {"meta", "link", "input", "rect", "path"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.findings = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "li" and "finding" in attributes.get("class", ""):
            self.findings.append({"attributes": attributes, "text": ""})

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.findings and "ol" in self.open:
            self.findings[-1]["text"] += data


HTML_TAGS = set("""html head meta link title style body header h1 h2 h3 p main section form label input span select option
                   button output ol ul li code a details summary pre mark em svg rect text figure figcaption path dl dt dd
                   footer script nav table thead tbody tr th td data-group""".split())
HTML_ATTRIBUTES = set("""lang charset http-equiv content name rel href id class hidden type placeholder value data-rank
                         data-count data-kind data-level data-age data-place viewbox role aria-label x y width height
                         d data-group""".split())


def read_html(text):
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    assert set(tags) <= HTML_TAGS, set(tags) - HTML_TAGS
    assert tags.count("script") == 1 and tags.count("style") == 1
    attributes = {name for _, attributes in page.elements for name in attributes}
    assert attributes <= HTML_ATTRIBUTES, attributes - HTML_ATTRIBUTES
    targets = [value for _, some in page.elements for name, value in some.items() if name in ("href", "src")]
    assert all(target.startswith(("#", "data:,")) for target in targets), targets
    findings = []
    for finding in page.findings:
        data = finding["attributes"]
        path, _, line = data.get("data-place", "").rpartition(":")
        findings.append({"kind": data["data-kind"], "level": data["data-level"], "path": path or None,
                         "line": int(line) if line else None, "text": finding["text"]})
    return findings


def alone(part):
    """The findings of a part: one, or a line each of those that are told in one block."""
    block = re.match(r"(warning|note): held to the end: [0-9,]+, each .*\n((?:  .*\n)+)\n", part)
    return [f"{block[1]}: {line}\n" for line in block[2].splitlines()] if block else [part]


def read_text(text):
    parts = re.split(r"^(?=error: |warning: |note: )", text, flags=re.M)[1:]
    return [from_headline(one, r"\[([a-z-]+)\]") for part in parts for one in alone(part)]


def read_json(text):
    document = json.loads(text)
    validate(document, "report.json")
    findings = []
    for finding in document["findings"]:
        frames = finding["stacks"]["acquired"] or finding["stacks"]["released"]
        places = [frame for frame in frames if frame["file"]] or frames or [{"file": None, "line": None}]
        findings.append({"kind": finding["kind"], "level": finding["level"], "path": places[0]["file"],
                         "line": places[0]["line"], "text": json.dumps(finding, ensure_ascii=False)})
    return findings


READERS = {"text": read_text, "json": read_json, "sarif": read_sarif, "junit": read_junit,
           "codequality": read_codequality, "github": read_github, "markdown": read_markdown, "html": read_html}
