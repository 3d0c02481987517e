"""The load's ledger, and what a trail must be beside it."""
import json

from harness import Failure, bytes_of, end_of, require

VICTIM = "spoor-test-victim"


class Entry:
    def __init__(self, line):
        values = json.loads(line)
        self.n, self.pid, self.end = values["n"], values["pid"], values["end"]
        self.args = [bytes.fromhex(arg) for arg in values["args"]]

    @property
    def dumps_core(self):
        """Its signal makes the kernel write a record of its own (ANOM_ABEND)."""
        return self.end in ("signal=11", "signal=6")


def read(path):
    with open(path) as file:
        return [Entry(line) for line in file]


def lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def same(entry, command):
    return (entry.pid == command["pid"]
            and entry.args == [bytes_of(arg) for arg in command["args"]])


def difference(entry, command):
    args = [bytes_of(arg) for arg in command["args"]]
    if entry.pid != command["pid"]:
        return "pid %d, not %d" % (command["pid"], entry.pid)
    if len(args) != len(entry.args):
        return "%d arguments, not %d" % (len(args), len(entry.args))
    for number, (there, here) in enumerate(zip(entry.args, args)):
        if there != here:
            return "argument %d is %r, not %r" % (number, here[:80], there[:80])
    return "none"


def match(entries, trail):
    """Walks ledger and trail together, in order: {n: command}. Every command of the load must be in
    the ledger, byte for byte, at its place and once; what is missing the caller judges."""
    commands = trail.named(VICTIM)
    ids = [command["event_id"] for command in trail.commands]
    require(len(set(ids)) == len(ids), "an event is in the trail twice")
    found, at = {}, 0
    for entry in entries:
        if at < len(commands) and same(entry, commands[at]):
            found[entry.n] = commands[at]
            at += 1
    if at < len(commands):
        nearest = next((e for e in entries if e.pid == commands[at]["pid"]), entries[-1])
        raise Failure("command %s of the trail is not the ledger's %d: %s" % (
            commands[at]["event_id"], nearest.n, difference(nearest, commands[at])))
    return found


def wrong_ends(entries, found):
    return ["%d: %s, not %s" % (e.n, end_of(found[e.n]), e.end)
            for e in entries if e.n in found and end_of(found[e.n]) != e.end]
