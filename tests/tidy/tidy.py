#!/usr/bin/env python3
"""Holds the tree to the rules of the house: tidy.py [TREE]

Layers, sizes, banned calls, mirror tests, headers, text. Every finding is `file:line: rule: what`.
What cannot be mended yet stands in exceptions.txt, which may only shrink. Before it judges the tree
it judges itself: self_test.py has a bad sample for each rule.
"""
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
EXCEPTIONS = "tests/tidy/exceptions.txt"

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "Makefile", "README.md", "CHANGELOG.md", "LICENSE",
    "agent", "collector", "proto", "common", "rules", "tests", "packaging", "docs",
    ".ci", ".clang-format", ".gitignore"}
NOT_OURS = {".git", "build", "__pycache__"}
# Recorded or generated data, where a line is what it is.
DATA = re.compile(r"tests/(golden|fuzz)/(?!.*(\.cc|\.h|\.py|\.md|\.sh|CMakeLists\.txt)$)")

LINE_COLUMNS, HEADER_LINES, SOURCE_LINES, FUNCTION_LINES = 100, 200, 800, 70
MEDIAN_LINES, P90_LINES = 150, 450


# ------------------------------------------------------------------ the tree

class File:
    def __init__(self, tree, path):
        self.path = path
        with open(os.path.join(tree, path), "rb") as file:
            data = file.read()
        self.is_text = b"\0" not in data and not DATA.match(path)
        self.text = data.decode("utf-8", "replace") if self.is_text else ""
        self.lines = self.text.split("\n")
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self.is_cpp = path.endswith((".cc", ".h"))
        self.code = blank_comments(self.text) if self.is_cpp else ""
        self.folder, self.name = os.path.split(path)
        self.top = path.split("/")[0]

    @property
    def is_product(self):
        return self.is_cpp and self.top in ("agent", "collector", "common", "proto")


def read_tree(tree):
    files = []
    for folder, names, members in os.walk(tree):
        names[:] = sorted(n for n in names if n not in NOT_OURS and not n.startswith("build-"))
        for member in sorted(members):
            path = os.path.relpath(os.path.join(folder, member), tree)
            if not member.endswith(".pyc") and path != ".git":
                files.append(File(tree, path))
    return files


def blank_comments(text):
    """C++ with comments and the insides of literals as spaces: lines and columns stay. Includes are
    read from the text itself, since their names look like literals."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"'
        r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)

    def blank(match):
        found = match.group()
        spaces = re.sub(r"[^\n]", " ", found)
        if found[0] in "\"'R":
            return '"' + spaces[1:-1] + '"'
        return spaces
    return pattern.sub(blank, text)


# ------------------------------------------------------------------ layers

EVENT, UPLINK, QUERY = "spoor/v1/event.pb.h", "spoor/v1/uplink.", "spoor/v1/query."
AUTHORITY = "spoor/v1/authority.pb.h"
AGENT_PLAIN = tuple("agent/%s.h" % name for name in (
    "model", "audit_event", "who_fields", "access_limits", "process_key", "fact", "access_fact",
    "activity_fact", "log_line", "log_event", "limits", "process_sight", "container_runtimes"))
COLLECTOR_PLAIN = ("collector/model.h", "collector/limits.h", "collector/connection_limits.h")
# (files, what they may include of ours besides their own folder, gRPC, protobuf)
LAYERS = (
    (r"common/frame/", ("common/",), False, False),
    (r"common/", ("common/",), False, False),
    (r"proto/", ("common/",), False, True),  # tools for any message: they know none of ours
    ("|".join(AGENT_PLAIN), ("common/",) + AGENT_PLAIN, False, False),
    (r"agent/(source|decode|correlate|redact|spool)/", ("common/",) + AGENT_PLAIN, False, False),
    (r"agent/encode/", ("common/", EVENT) + AGENT_PLAIN, False, True),
    (r"agent/uplink/", ("common/", "proto/", "agent/uplink/", UPLINK), True, True),
    (r"agent/", ("common/", "proto/", EVENT, r"agent/(?!uplink/)"), False, True),
    (r"collector/(model|limits|connection_limits)\.h$", ("common/",), False, False),
    (r"collector/language/", ("common/",), False, False),
    (r"collector/blocks/", ("common/", "collector/language/") + COLLECTOR_PLAIN, False, False),
    (r"collector/search/",
     ("common/", EVENT, "collector/language/", "collector/blocks/") + COLLECTOR_PLAIN, False, True),
    (r"collector/(log|follow|notify|state)/",
     ("common/", EVENT, "collector/state/") + COLLECTOR_PLAIN, False, True),
    (r"collector/index/",
     ("common/", EVENT, "collector/state/", "collector/language/", "collector/blocks/",
      "collector/search/") + COLLECTOR_PLAIN, False, True),
    (r"collector/detect/",
     ("common/", EVENT, "collector/state/", "collector/language/") + COLLECTOR_PLAIN, False, True),
    (r"collector/identity/",
     ("common/", EVENT, AUTHORITY, "collector/state/") + COLLECTOR_PLAIN, False, True),
    (r"collector/query/",
     ("common/", "spoor/v1/", "collector/index/", "collector/log/", "collector/identity/",
      "collector/language/", "collector/search/") + COLLECTOR_PLAIN, True, True),
    (r"collector/(receive|http)/",
     ("common/", "spoor/v1/", "collector/query/", "collector/identity/") + COLLECTOR_PLAIN,
     True, True),
    (r"collector/cli/", ("common/", "proto/", "spoor/v1/", "collector/language/"), True, True),
    (r"collector/", ("common/", "proto/", r"collector/", "spoor/v1/"), True, True),
)
OURS = ("agent/", "collector/", "common/", "proto/", "spoor/v1/", "tests/")


def check_layers(files):
    for file in files:
        if not file.is_product:
            continue
        allowed, grpc, protobuf = next(
            rule[1:] for rule in LAYERS if re.match(rule[0], file.path))
        for number, name in includes(file):
            if name.startswith(OURS):
                own = name.startswith(file.folder + "/") and file.folder not in (
                    "agent", "collector")
                if not own and not any(re.match(prefix, name) for prefix in allowed):
                    yield file.path, number, "layer", "%s may not include %s" % (file.folder, name)
            if not protobuf and name.startswith("google/protobuf"):
                yield file.path, number, "layer", "no protobuf here"
            if name.startswith("grpc") or name.endswith(".grpc.pb.h"):
                if not grpc:
                    yield file.path, number, "layer", "no gRPC here"
                elif file.name.endswith(".h"):
                    yield file.path, number, "grpc-header", "no gRPC in headers: builds stay quick"


def includes(file):
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        if match:
            yield number, match.group(1)


# ------------------------------------------------------------------ sizes

def check_sizes(files):
    lengths = []
    for file in files:
        if not file.is_cpp and not file.path.endswith(".py"):
            continue
        for number, line in enumerate(file.lines, 1):
            if len(line) > LINE_COLUMNS:
                yield file.path, number, "columns", "%d, at most %d" % (len(line), LINE_COLUMNS)
        if not file.is_cpp:
            continue
        is_header = file.name.endswith(".h") and file.is_product
        limit = HEADER_LINES if is_header else SOURCE_LINES
        if len(file.lines) > limit:
            yield file.path, 1, "file-lines", "%d, at most %d" % (len(file.lines), limit)
        for number, length in functions(file.code):
            if length > FUNCTION_LINES:
                yield file.path, number, "function-lines", "%d, at most %d" % (
                    length, FUNCTION_LINES)
        if file.is_product:
            lengths.append(len(file.lines))
    if len(lengths) >= 20:
        median, p90 = statistics.median(lengths), statistics.quantiles(lengths, n=10)[8]
        if median > MEDIAN_LINES:
            yield ".", 1, "median-lines", "%d, at most %d" % (median, MEDIAN_LINES)
        if p90 > P90_LINES:
            yield ".", 1, "p90-lines", "%d, at most %d" % (p90, P90_LINES)


def functions(code):
    """(line, length) of each function body. A brace that opens outside of any function belongs to
    one when what stands before it has a parameter list and is no type, namespace or initializer."""
    kinds, head, opened = [], 0, None  # kinds: of the braces open now; head: where this one began
    for at, char in enumerate(code):
        if char == ";" and opened is None:
            head = at + 1
        elif char == "{":
            kinds.append("inner" if opened is not None else brace_kind(code, head, at))
            if kinds[-1] == "function":
                opened = head + len(code[head:at]) - len(code[head:at].lstrip())
            elif kinds[-1] == "container":
                head = at + 1
        elif char == "}" and kinds:
            kind = kinds.pop()
            if kind == "function":
                yield code.count("\n", 0, opened) + 1, code.count("\n", opened, at) + 1
                opened = None
            if kind in ("function", "container"):
                head = at + 1


def brace_kind(code, head, at):
    before = re.sub(r"^\s*#.*$", "", code[head:at], flags=re.M)
    if re.search(r"\)\s*(noexcept\s*)?:[^:]", before) and re.match(r"[\w>]", code[at - 1]):
        return "initializer"  # S::S() : a_(1), b_{2} {
    if (re.search(r"\b(namespace|class|struct|union|enum)\b[^()]*$", before)
            or re.match(r'\s*extern\s+"\s*"\s*$', before)
            or "(" not in before or re.search(r"=\s*$", before)):
        return "container"
    return "function"


# ------------------------------------------------------------------ banned calls

# main.cc and its subcommands print, and are tested as programs (tests/system).
NOT_MAIN = r"(?!(.*/)?main\.cc$|(agent|agent/uplink|collector)/commands/)"
BANNED = (
    # (rule, files, pattern, why)
    ("unbounded", r"", r"\b(strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok)\s*\(",
     "knows no bound"),
    # One tries whether it could, one makes the one process that there must be, one gives up root.
    ("shell", r"(?!agent/(privilege|witness_process|uplink/lowered_process)\.cc$)",
     r"\b(system|popen|posix_spawnp?)\s*\(|(?<![.>\w])v?fork\s*\(\s*\)",
     "programs of ours start no others"),
    ("random", r"", r"\b(rand|srand|random|srandom|drand48)\s*\(", "use random_id()"),
    ("sleep", r"", r"\b(sleep|usleep|nanosleep|clock_nanosleep|sleep_for|sleep_until)\s*\(",
     "wait for a condition"),
    ("time", r"(?!common/clock\.cc$)",
     r"^(?!.*set_deadline\().*"  # gRPC's own door
     r"\b(gettimeofday|clock_gettime|time\s*\(\s*(nullptr|NULL|0|&\w+)\s*\)"
     r"|(system_clock|steady_clock|high_resolution_clock)\s*::\s*now)",
     "time comes through the door, common/clock.h"),
    ("local-time", r"", r"\b(localtime|gmtime|ctime|asctime)\s*\(",
     "not thread-safe: use the _r form"),
    ("cout", NOT_MAIN, r"\bstd\s*::\s*(cout|cerr|clog)\b", "libraries do not print"),
    ("printf", NOT_MAIN + r"(?:agent|collector)/",
     r"\b(printf|fprintf|vfprintf|dprintf|puts|fputs)\s*\(",
     "say it through common/log.h, or to a stream that the caller gives"),
    ("assert", r"", r"(?<!_)\bassert\s*\(", "use CHECK: it is always on"),
    ("throw", r"", r"\bthrow\b", "errors are values"),
    ("new", r"", r"\bnew\b(?!\s*\()", "an owner first: make_unique, or unique_ptr around it"),
    ("delete", r"", r"(?<!operator )(?<!= )\bdelete\b\s*(\[\s*\])?\s*\w", "owners delete"),
    ("nss", r"agent/", r"\b(getpwnam|getpwuid|getgrnam|getgrgid|getpwent|getaddrinfo|gethostbyname"
     r"|getnameinfo)(_r)?\s*\(", "never NSS: it opens sockets and waits"),
    ("using", r".*\.h$", r"\busing\s+namespace\b", "not in headers"),
    ("singleton", r"", r"^\s*static\s+(?!constexpr|const\b|_)[\w:<>,&*\s]+\b\w+(;|\s*=[^=])",
     "no globals, no singletons"),
)
OWNED = re.compile(r"((unique_ptr|shared_ptr)\s*<[^;]*|\breset\s*)\(\s*new\b")


def check_banned(files):
    for file in files:
        if not file.is_product:
            continue
        lines = file.code.split("\n")
        for rule, where, pattern, why in BANNED:
            if not re.match(where, file.path):
                continue
            for number, line in enumerate(lines, 1):
                if line.lstrip().startswith("#") or not re.search(pattern, line):
                    continue
                if rule == "new" and OWNED.search(" ".join(lines[max(0, number - 2):number])):
                    continue
                yield file.path, number, rule, why


# ------------------------------------------------------------------ headers, mirrors, text

def check_headers(files):
    paths = {file.path for file in files}
    for file in files:
        if not file.is_cpp or file.top not in ("agent", "collector", "common", "proto", "tests"):
            continue
        if file.name.endswith(".h"):
            if not file.lines or not file.lines[0].startswith("//"):
                yield file.path, 1, "opening", "a header begins by saying what it is"
            if "#pragma once" not in file.lines:
                yield file.path, 1, "pragma-once", "missing"
        own = file.path[:-3] + ".h"
        if file.name.endswith(".cc") and own in paths:
            first = next(includes(file), (1, ""))
            if first[1] not in (own, os.path.basename(own)):
                yield file.path, first[0], "own-header", "%s comes first" % own
        if not re.fullmatch(r"[a-z0-9_]+\.(cc|h)", file.name):
            yield file.path, 1, "file-name", "snake_case"


def check_mirrors(files):
    paths = {file.path for file in files}
    for path in sorted(paths):
        ours = re.match(r"(agent|collector|common|proto)/.*\.cc$", path)
        if ours and re.match(NOT_MAIN, path):
            mirror = "tests/unit/" + path[:-3] + "_test.cc"
            if mirror not in paths:
                yield path, 1, "untested", "no " + mirror
        match = re.match(r"tests/unit/(.*)_test\.cc$", path)
        if not match:
            continue
        places = (match.group(1), "tests/support/" + os.path.basename(match.group(1)))
        if not any(place + end in paths for place in places for end in (".cc", ".h")):
            yield path, 1, "mirror", "tests nothing: there is no %s.cc" % match.group(1)


MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|Users|tmp/spoor)/\w")


def check_text(files):
    for file in files:
        if not file.is_text:
            continue
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield file.path, number, "trailing-space", "white space ends the line"
            if "\t" in line and file.is_cpp:
                yield file.path, number, "tab", "spaces only"
            if MARKS.search(line):
                yield file.path, number, "mark", "do it, or let an issue say it"
            if MACHINE.search(line):
                yield file.path, number, "machine-path", "a path of somebody's machine"
        if file.text and not file.text.endswith("\n"):
            yield file.path, len(file.lines), "last-newline", "missing"


LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)]*)?\)")


def check_documents(files):
    paths = {file.path for file in files}
    folders = {os.path.dirname(path) for path in paths}
    for file in files:
        if file.path.endswith(".md"):
            for number, line in enumerate(file.lines, 1):
                for link in LINK.findall(line):
                    target = os.path.normpath(os.path.join(file.folder, link[0]))
                    if target not in paths and target not in folders:
                        yield file.path, number, "link", "leads nowhere: " + link[0]


def check_top_level(files):
    tops = {file.top for file in files}
    for top in sorted(tops - TOP_LEVEL):
        yield top, 1, "top-level", "the layout is fixed: add no other"
    licence = next((file.text for file in files if file.path == "LICENSE"), "")
    if "Apache License" not in licence or "END OF TERMS AND CONDITIONS" not in licence:
        yield "LICENSE", 1, "license", "not the whole of Apache-2.0"


CHECKS = (check_layers, check_sizes, check_banned, check_headers, check_mirrors, check_text,
          check_documents, check_top_level)


# ------------------------------------------------------------------ exceptions

def parse_exceptions(text):
    """`count N`, then `rule path: reason` lines; comments with #."""
    count, entries = None, {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("count "):
            count = int(line.split()[1])
            continue
        match = re.fullmatch(r"(\S+) (\S+): (.+)", line)
        entries[match.groups()[:2] if match else (line, "")] = number
    return count, entries


def apply_exceptions(tree, findings):
    path = os.path.join(tree, EXCEPTIONS)
    if not os.path.exists(path):
        yield from findings
        return
    with open(path, encoding="utf-8") as file:
        text = file.read()
    count, entries = parse_exceptions(text)
    needed = set()
    for finding in findings:
        key = (finding[2], finding[0])
        needed.add(key)
        if key not in entries:
            yield finding
    if count != len(entries):
        yield EXCEPTIONS, 1, "exceptions", "says count %s, has %d" % (count, len(entries))
    for key, number in entries.items():
        if key not in needed:
            yield EXCEPTIONS, number, "exceptions", "no longer needed: %s %s" % key
    before = earlier_exceptions(tree, text)
    if before is not None:
        for key in sorted(set(entries) - before):
            yield (EXCEPTIONS, entries[key], "exceptions",
                   "the list may only shrink, and this is new: %s %s" % key)


def earlier_exceptions(tree, text):
    """The list as it last was before it became what it is; None: no history here, or no change."""
    def git(*args):
        # The owner of a clone in a container is often not the user who runs this.
        done = subprocess.run(["git", "-c", "safe.directory=*", "-C", tree] + list(args),
                              capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""
    for commit in git("log", "--format=%H", "--", EXCEPTIONS).split():
        earlier = git("show", "%s:%s" % (commit, EXCEPTIONS))
        if earlier and earlier != text:
            return set(parse_exceptions(earlier)[1])
    return None


def findings_in(tree):
    files = read_tree(tree)
    found = [finding for check in CHECKS for finding in check(files)]
    return sorted(apply_exceptions(tree, found)), len(files)


def main():
    import self_test
    broken = self_test.run()
    if broken:
        sys.exit("tidy's own test failed:\n" + "\n".join(broken))
    tree = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..")
    findings, count = findings_in(os.path.abspath(tree))
    for finding in findings:
        print("%s:%d: %s: %s" % finding)
    print("%d files, %d rules proved, %d findings" % (
        count, len(self_test.SAMPLES), len(findings)))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
