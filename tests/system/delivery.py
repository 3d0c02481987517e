"""What was delivered, beside what should have been: the log of a collector that has stopped, the
spool of an agent that has, and what the kernel told of the test's login uid."""
import collections
import json
import os
import subprocess

import ledger
import loss_test
from harness import LOGIN_UID, end_of, require, wait_until

CLASSES = ("access", "command", "activity", "input")
# Of a Skip or an eviction: what kinds of lines stand for events that are not there.
HOLE = "tombstone"


def lines_of(deployment, program, folder):
    """Of spoor-test-spool or spoor-test-log, which prove every frame as they print it."""
    with subprocess.Popen([os.path.join(deployment.bin, program), folder], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as shown:
        for line in shown.stdout:
            yield json.loads(line)
        said = shown.stderr.read().decode()
    require(shown.returncode == 0, said)


def place(line):
    """Of an event: the identity under which it must be in a log once."""
    return line["class"], int(line["epoch"]), int(line["sequence"])


class Book:
    """What a spool or a log holds of one agent: its events by place, what its frames stand for that
    are not there, and the records of each kernel event."""

    def __init__(self, lines):
        self.events, self.holes, self.losses = {}, [], []
        self.types = collections.defaultdict(list)  # serial: types of records
        for line in lines:
            if "event" in line:
                require(place(line) not in self.events, "%s is there twice" % (place(line),))
                self.events[place(line)] = hash(json.dumps(line["event"], sort_keys=True))
                self._note(line["event"], line.get("text", {}))
            elif line["kind"] == HOLE:
                self.holes.append(line)

    def _note(self, event, text):
        if "loss" in event:
            self.losses.append(event["loss"])
        if "kernel" in event:
            self.types[event["kernel"]["serial"]] += [
                record.get("type", 0) for record in text.get("records", [])]

    def hole_places(self):
        """Of all events that tombstones stand for."""
        return {(hole["class"], int(hole["epoch"]), sequence) for hole in self.holes
                for sequence in range(int(hole["sequence"]), int(hole["last"]) + 1)}


def spooled(deployment, folder=None):
    return Book(lines_of(deployment, "spoor-test-spool", folder or deployment.path("spool")))


def logged(deployment, agent="web1"):
    """Of a collector that does not run. That each stream's frames follow one another, and none is
    there twice, spoor-test-log has seen then."""
    return Book(line for line in lines_of(deployment, "spoor-test-log", deployment.path("log"))
                if line["agent"] == agent)


def committed(deployment):
    """{class: (epoch, sequence)}, as the uplink left it for the agent; (0, 0): nothing yet."""
    found = dict.fromkeys(CLASSES, (0, 0))
    for name in CLASSES:
        try:
            with open(deployment.path("commit", name)) as note:
                words = dict(line.split(" ", 1) for line in note.read().splitlines())
        except FileNotFoundError:
            continue
        found[name] = (int(words["epoch"]), int(words["sequence"]))
    return found


def stop_when_delivered(deployment, look=lambda: None):
    """The agent stops; the rest does once all that it left is committed, and `look` was called.
    What the spool held."""
    deployment.agent.stop()
    left = spooled(deployment)
    ends = {}
    for name, *point in list(left.events) + list(left.hole_places()):
        ends[name] = max(ends.get(name, (0, 0)), tuple(point))

    def all_there():
        notes = committed(deployment)
        return all(notes.get(name, (0, 0)) >= end for name, end in ends.items())
    wait_until("all of the spool to be committed", all_there)
    look()
    deployment.uplink.stop()
    deployment.collector.stop()
    return left


def check_same(spool, log):
    """Where nothing was given up: the log has what the spool has, and nothing else."""
    missing, more = spool.events.keys() - log.events.keys(), log.events.keys() - spool.events.keys()
    require(not missing, "%d events of the spool are not in the log: %s" % (
        len(missing), sorted(missing)[:5]))
    require(not more, "%d events of the log are not in the spool: %s" % (
        len(more), sorted(more)[:5]))
    changed = [at for at, event in spool.events.items() if log.events[at] != event]
    require(not changed, "another event in the log: %s" % changed[:5])


def trail_of(deployment, entries):
    """The trail of the session in which this ledger's load ran, once its last command is there with
    its end."""
    last = entries[-1]

    def complete():
        for session in deployment.sessions():
            if session.get("login_uid") != LOGIN_UID:
                continue
            trail = deployment.trail(session["name"])
            victims = trail.named(ledger.VICTIM)
            if trail.lag["bytes_behind"] == 0 and victims and victims[-1]["pid"] == last.pid \
                    and end_of(victims[-1]) == last.end:
                return trail
        return None
    return wait_until("the trail's end", complete, every_s=0.5)


class KernelWords:
    """All records of the test's login uid that the kernel queued, by another listener. Made when
    the agent captures; `close()` when it still does."""

    def __init__(self, kernel):
        self.reference, self.kernel = loss_test.Reference(kernel), kernel
        self.reference.reader.catch_up(kernel)

    def close(self):
        """{serial: types of its records}"""
        self.reference.close()
        return self.reference.types


def check_told(types, log):
    """Each record that the kernel told is in the log once, or a Loss names its event. Of how
    many that is so."""
    told = {serial for loss in log.losses if int(loss.get("last", 0))
            for serial in range(int(loss["first"]), int(loss["last"]) + 1)}
    missing = [serial for serial in types if serial not in log.types and serial not in told]
    require(not missing, "%d of %d events of the kernel's are missing and not told of: %s" % (
        len(missing), len(types), missing[:10]))
    wrong = [serial for serial in types if serial in log.types and serial not in told
             and sorted(log.types[serial]) != sorted(types[serial])]
    require(not wrong, "%d events have other records than the kernel's: %s" % (
        len(wrong), [(s, types[s], log.types[s]) for s in wrong[:3]]))
    return sum(serial in told for serial in types)


def check_nothing_lost(deployment, words, lost_before):
    """All that the kernel told is in the log once, and it lost nothing since `lost_before`. The
    agent, the uplink and the collector are stopped for it. What the kernel told, and the log."""
    types = words.close()
    lost = words.kernel.status()["lost"] - lost_before
    require(lost == 0, "the kernel lost %d records" % lost)
    left = stop_when_delivered(deployment)
    log = logged(deployment)
    check_same(left, log)
    require(not log.losses and not log.holes, "there are losses: %s %s" % (
        log.losses[:3], log.holes[:3]))
    check_told(types, log)
    return types, log
