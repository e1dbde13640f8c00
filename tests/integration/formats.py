"""A report of 200 hostile findings in every format, and what reads them strictly."""
import json
import re
import xml.etree.ElementTree
from html.parser import HTMLParser

from harness import NEW_SNAPSHOT, ROOT, krunbook

FOLDER = ROOT / "tests" / "formats"
NAMES = ("text", "json", "jsonl", "yaml", "junit", "tap", "markdown", "html", "prometheus", "sarif", "nagios")
# What a terminal obeys: as in test_terminal.py, and DEL.
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEMPLATE = """
return function(report)
  local lines = {}
  for _, section in ipairs(report.sections) do
    for _, finding in ipairs(section.findings) do
      lines[#lines + 1] = finding.code .. " " .. finding.cause .. " " .. finding.evidence[1].text
    end
  end
  return table.concat(lines, "\\n") .. "\\n"
end
"""


def produce(folder, *arguments, names=NAMES):
    """{format: its text}, of one run that writes them all."""
    template = folder / "template.lua"
    template.write_text(TEMPLATE)
    outputs = [f"{name}={folder / name}" for name in names] + [f"template={template}={folder / 'template'}"]
    result = krunbook(*arguments, *(word for output in outputs for word in ("-o", output)), home=folder)
    assert not result.out, result
    texts = {name: (folder / name).read_bytes().decode("utf-8") for name in (*names, "template")}
    texts["result"] = result
    return texts


def hostile(folder):
    return produce(folder, "run", FOLDER / "hostile.lua", "--word", '<b>"x" # | y', "--explain", "--snapshot", NEW_SNAPSHOT)


def tap(text):
    """Version 13, strictly: the plan, then tests in order, each with a YAML block at most. [(ok, description,
    directive)]"""
    lines = text.split("\n")
    assert lines.pop() == "", "the last line has no end"
    assert lines[0] == "TAP version 13"
    plan = re.fullmatch(r"1\.\.(\d+)( # SKIP .*)?", lines[1])
    assert plan, lines[1]
    tests, block = [], None
    for line in lines[2:]:
        if block is not None:
            assert line.startswith("  "), f"outside of its block: {line!r}"
            if line == "  ...":
                block = None
        elif line == "  ---":
            block = line
        else:
            match = re.fullmatch(r"(not )?ok (\d+) - ((?:[^#\\]|\\[#\\])*?)(?: # (SKIP|TODO)\b(.*))?", line)
            assert match, f"no test line: {line!r}"
            assert int(match[2]) == len(tests) + 1, line
            tests.append((not match[1], match[3], match[4]))
    assert block is None and len(tests) == int(plan[1]), (len(tests), plan[1])
    return tests


LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-z_]+)(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?)")


def prometheus(text):
    """The text format 0.0.4, strictly: {(metric, labels): value}."""
    assert text.endswith("\n")
    samples, metric = {}, None
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("# HELP "):
            metric = line.split(" ")[2]
            assert next(lines) == f"# TYPE {metric} gauge"
            continue
        match = SAMPLE.fullmatch(line)
        assert match and match[1] == metric, f"no sample of {metric}: {line!r}"
        assert (match[1], match[2]) not in samples, f"twice: {line!r}"
        samples[match[1], match[2]] = float(match[3])
    return samples


def junit(text):
    """The suites; the parser refuses what XML 1.0 cannot carry."""
    root = xml.etree.ElementTree.fromstring(text.encode())
    for suite in root:
        counts = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "error", "skipped")}
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == counts["failure"] and int(suite.get("errors")) == counts["error"]
        assert int(suite.get("skipped")) == counts["skipped"]
    assert int(root.get("tests")) == len(root.findall("testsuite/testcase"))
    return root


class Page(HTMLParser):
    """The elements of a page: none but those that the program writes, each closed where it should be."""
    VOID = {"meta", "input"}
    KNOWN = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "span", "p", "time", "ul", "ol", "li",
             "b", "div", "input", "label", "button", "main", "section", "article", "header", "a", "small", "details",
             "summary", "pre", "code", "footer", "script"}
    ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "datetime", "type", "placeholder",
                  "aria-label", "value", "checked", "hidden", "role", "data-severity", "href"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.count, self.content = [], {}, {}
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        assert tag in self.KNOWN, f"<{tag}>"
        for name, value in attrs:
            assert name in self.ATTRIBUTES, f"<{tag} {name}>"
            assert name != "href" or re.fullmatch(r"#f-\d+-\d+", value), value
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}>"

    def handle_data(self, data):
        if self.open:
            self.content[self.open[-1]] = self.content.get(self.open[-1], "") + data


def strings(value):
    """All that a decoded document says."""
    if isinstance(value, str):
        yield value
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from strings(inner)


def json_lines(text):
    assert text.endswith("\n")
    return [json.loads(line) for line in text[:-1].split("\n")]


def fences(markdown):
    """What stands outside of its fenced blocks, and in them."""
    outside, inside, fence = [], [], None
    for line in markdown.split("\n"):
        match = re.match(r"(`{3,})(text|sh)?$", line)
        if fence is None and match:
            fence = match[1]
        elif fence is not None and re.fullmatch(r"`+", line) and len(line) >= len(fence):
            fence = None
        else:
            (outside if fence is None else inside).append(line)
    assert fence is None, "a block is not closed"
    return outside, inside
