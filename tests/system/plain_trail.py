"""A trail as `spoor trail` prints it for people, with what differs from run to run replaced by
names that keep identity: the same pid is <pid1> wherever it stands. What then differs is a
difference of the trail. Pure: text in, lines out; checked by plain_trail_test.py.

Only this is free, and therefore put in an order of its own:

- What a log file says comes by another way than the kernel's records and is told some seconds
  later, and sshd's processes write to it at the same time: such lines stand behind the others, in
  the order of their words. What failed before the login is of the session only if it was read late:
  it is left out.
- Sides of a pipeline start as the scheduler likes: a story names their programs (`free`), and
  neighbours of them, with what hangs below each, are sorted.

More than ten lines that are the same become one, with their number.
"""
import itertools
import re

SAME_MAX = 10
BODY = len("<time>  ")  # where what a line says begins
# Where a new day begins, or the clocks change: it is midnight somewhere, now and then.
DAY = re.compile(r"^ {12}  [│├└ ]*\d{4}-\d\d-\d\d [+-]\d\d:\d\d$")
TIME = re.compile(r"^(\d\d:\d\d:\d\d\.\d{3}| {12})  ")
LOG = "a log file claims: "
EARLY = re.compile(LOG + r"sshd: authentication of .* failed")
LOG_TITLE = "said by a log file alone:"
# A duration as common/time_format.h writes it: the command's line, then its end behind two spaces.
LASTED = re.compile(r" +(?:<1 ms|\d[\d.]* (?:ms|s|d)|\d+[mhd] \d+[smh]|\?)(?=  \S|$)")
# A command of which no duration is known stands before its end all the same.
UNTIMED = re.compile(r" {2,}(?=(?:running|end unseen|not run\b.*)$)")
HEAD_TIMES = re.compile(r"^\d{4}-\d\d-\d\d  \d\d:\d\d:\d\d → (?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d"
                        r" [+-]\d\d:\d\d \([^)]*\)")
STEMS = "│├└ "


class Names:
    """Gives each value a name of its kind, the same each time."""

    def __init__(self):
        self.known, self.counts = {}, {}

    def of(self, kind, value):
        if (kind, value) not in self.known:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.known[kind, value] = "<%s%d>" % (kind, self.counts[kind])
        return self.known[kind, value]


# What stands where, and what kind of thing it is; the group is replaced.
VALUES = (
    (re.compile(r"((?:/[\w.-]+)+?/spoor-\w{8})(?=\W|$)"), "folder"),
    (re.compile(r"(SHA256:[A-Za-z0-9+/]{43})"), "key"),
    (re.compile(r"\b([\w.-]+:\d+\.[0-9a-z]{3})(?=\W|$)"), "session"),
    (re.compile(r"<dir ([0-9a-f]{4}:\d+)>"), "directory"),
    (re.compile(r"(?:127\.0\.0\.1:|\bport )(\d+)"), "port"),
    (re.compile(r"(?<=[a-z])\[(\d+)\]: "), "pid"),
    (re.compile(r"\((?:pid )?(\d+)\)"), "pid"),
    (re.compile(r"\bpid (\d+)"), "pid"),
    (re.compile(r"\bpts/?(\d+)"), "terminal"),
    (re.compile(r"\bsent (\d+, received \d+) bytes"), "size"),
)


def name_values(line, names):
    for pattern, kind in VALUES:
        def named(match, kind=kind):
            at, end = match.start(1) - match.start(), match.end(1) - match.start()
            whole = match.group()
            return whole[:at] + names.of(kind, match.group(1)) + whole[end:]
        line = pattern.sub(named, line)
    return line


class Line:
    """One line of the body: its own time, and what it says with its time and duration named."""

    def __init__(self, text):
        match = TIME.match(text)
        self.time = text[:12].strip()
        rest = text[match.end():] if match else text
        self.is_log = rest.lstrip(STEMS).startswith("· " + LOG)
        if self.is_log:
            self.text = rest.lstrip(STEMS)
            return
        is_command = rest.lstrip(STEMS)[:2] not in ("· ", "! ", "— ", "… ")
        if is_command and self.time:
            rest = UNTIMED.sub("  ", LASTED.sub("  <lasted>", rest, count=1))
        self.text = ("<time>" if self.time else "      ") + "  " + rest

    @property
    def depth(self):
        """Columns of its stem."""
        rest = self.text[BODY:]
        return len(rest) - len(rest.lstrip(STEMS))

    def program(self):
        """The first word of a command: `cat`; of `[root] id -u` it is `id`."""
        words = re.sub(r"^\[[^]]*\] ", "", self.text[BODY:].lstrip(STEMS)).split()
        return words[0] if words else ""


def groups_of(lines):
    """Neighbours at the same depth, each with what stands below it."""
    groups = []
    for line in lines:
        if groups and line.depth > groups[-1][0].depth:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def draw(group, last):
    """The group's branch, drawn as of the last of its level or as of another."""
    column = BODY + group[0].depth - 2
    if column < BODY:
        return  # of a session's first commands there is none
    for i, line in enumerate(group):
        mark = ("└" if last else "├") if i == 0 else (" " if last else "│")
        line.text = line.text[:column] + mark + line.text[column + 1:]


def sort_free(lines, free):
    """Neighbouring commands of these programs, in the order of their text."""
    out, run = [], []

    def flush():
        if len(run) > 1:
            ends = "└" in run[-1][0].text[BODY:BODY + run[-1][0].depth]
            for group in run:
                draw(group, False)
            run.sort(key=lambda group: group[0].text)
            draw(run[-1], ends)
        for group in run:
            out.extend(group)
        run.clear()
    for group in groups_of(lines):
        if run and (group[0].program() not in free or group[0].depth != run[0][0].depth):
            flush()
        group = group[:1] + sort_free(group[1:], free)
        if group[0].program() in free:
            run.append(group)
        else:
            out.extend(group)
    flush()
    return out


def fold_same(texts):
    out = []
    for text, group in itertools.groupby(texts):
        count = len(list(group))
        out += [text] * count if count <= SAME_MAX else ["%s  (%d such lines)" % (text, count)]
    return out


def plain_trail(text, names, free=()):
    """The lines of one trail. `names`: those of the trails before it that belong to the same story.
    `free`: programs whose order among neighbours is chance."""
    head, _, body = text.partition("\n\n")
    out = [HEAD_TIMES.sub("<from> → <to> (<lasted>)", line) for line in head.split("\n")]
    lines = [Line(line) for line in body.split("\n") if line.strip() and not DAY.match(line)]
    told = sort_free([line for line in lines if not line.is_log], set(free))
    out += [""] + fold_same(line.text.rstrip() for line in told)
    logged = sorted((line for line in lines if line.is_log and not EARLY.search(line.text)),
                    key=lambda line: re.sub(r"\d", "", line.text))
    if logged:
        out += ["", LOG_TITLE] + [line.text.replace(LOG, "", 1) for line in logged]
    return [name_values(line, names) for line in out]
