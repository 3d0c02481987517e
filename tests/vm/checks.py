"""What each scenario must have left: one function a scenario, named as its script.

`Kept` reads what came back: files as text, the spool as events.
"""
import base64
import json
import os
import re
import subprocess

ALICE = 1000


class Wrong(Exception):
    """Something is not as it must be; the message says what."""


def require(condition, what):
    if not condition:
        raise Wrong(what)


def boot(arguments="", disk=False, timeout_s=240):
    """Marks a scenario and says how its machine boots."""
    def mark(check):
        check.boot = {"boot": arguments, "disk": disk, "timeout_s": timeout_s}
        return check
    return mark


class Event:
    """One event of the spool. `kind` is its field of the oneof, `said` that message."""

    ENVELOPE = {"order", "time_ns", "read", "kernel", "actor", "session_uid", "session", "source",
                "target", "outcome", "origin", "incomplete", "rewritten", "records", "place",
                "attribution"}

    def __init__(self, line):
        self.event_class, self.epoch = line["class"], line["epoch"]
        self.sequence = line["sequence"]
        self.event = line["event"]
        kinds = [key for key in self.event if key not in self.ENVELOPE]
        self.kind = kinds[0] if kinds else ""
        self.said = self.event.get(self.kind, {})
        self.texts = [base64.b64decode(record.get("text", "")).decode("utf-8", "replace")
                      for record in line["text"].get("records", [])]

    @property
    def order(self):
        return int(self.event["order"])

    @property
    def serial(self):
        return int(self.event.get("kernel", {}).get("serial", 0))

    def bytes(self, name):
        return base64.b64decode(self.said.get(name, ""))

    @property
    def args(self):
        return [base64.b64decode(arg).decode("utf-8", "replace")
                for arg in self.said.get("args", [])]

    @property
    def key(self):
        """The audit rule's key, from the record itself."""
        match = re.search(r'\bkey="([^"]*)"', " ".join(self.texts))
        return match.group(1) if match else ""


class Kept:
    def __init__(self, result, binaries):
        self.result, self.binaries = result, binaries

    def read(self, name):
        return self.result.read(name)

    def lines(self, name):
        return [line for line in self.read(name).splitlines() if line.strip()]

    def numbers(self, name):
        """`auditctl -s`: {word: number}."""
        return {words[0]: int(words[1]) for words in map(str.split, self.lines(name))
                if len(words) == 2 and words[1].isdigit()}

    def events(self, folder="spool"):
        """Every event, in the order in which they happened; proven and without a hole."""
        done = subprocess.run([os.path.join(self.binaries, "spoor-test-spool"),
                               self.result.path(folder)], capture_output=True, text=True)
        require(done.returncode == 0, "the spool: " + done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        stones = [line for line in lines if "event" not in line]
        require(not stones, "frames are missing in the spool: %s" % stones)
        events = [Event(line) for line in lines]
        return sorted(events, key=lambda event: (event.epoch, event.order))


def of_kind(events, kind):
    return [event for event in events if event.kind == kind]


def commands(events, first):
    return [event for event in of_kind(events, "command_started") if event.args[:1] == [first]]


def require_no_loss(events):
    losses = [event.said for event in of_kind(events, "loss")]
    require(not losses, "there are losses: %s" % losses)


@boot()
def containers(kept):
    """Of commands without a login uid those in containers are recorded, the host's own are not."""
    events = kept.events()
    require_no_loss(events)
    echoes = [event for event in of_kind(events, "command_started")
              if event.args[1:2] == ["echo"]]
    said = [event.args[-1] for event in echoes]
    for name, count in (("gone-at-once", 10), ("inside", 5), ("scoped", 5), ("strange", 10),
                        ("own-pids", 5)):
        wanted = ["%s-%d" % (name, i) for i in range(1, count + 1)]
        there = [word for word in said if word.startswith(name)]
        require(there == wanted, "%s: %s" % (name, there))
    require(said.count("in-a-session") == 1, "the session's own: %s" % said)
    host = [word for word in said if word.startswith("on-the-host")]
    require(not host, "of the host: %s" % host)
    unknown = [event.args[-1] for event in echoes
               if "INCOMPLETE_PLACE_UNKNOWN" in event.event.get("incomplete", [])]
    require([name for name in unknown if name.startswith("strange")],
            "of what was gone at once it is not said that its place is unknown: %s" % unknown)
    require_scope(echoes, "inside-", "c" * 64, "")
    require_scope(echoes, "scoped-", "d" * 64, "docker-%s.scope" % ("d" * 64))
    require_given_up(events, echoes)


def require_given_up(events, echoes):
    """Who gives his login uid up, and what he runs behind that, stands in his session."""
    told = [event for event in of_kind(events, "authentication")
            if event.said.get("step") == "unset-login-uid"]
    require(len(told) == 1 and told[0].event.get("session", {}).get("ses", 0) > 0 and
            "attribution" not in told[0].event,
            "a login uid taken away: %s" % [event.event for event in told])
    ours = [event for event in echoes if event.args[-1] in ("out-of-a-session", "nor-its-child")]
    require(sorted(event.args[-1] for event in ours) == ["nor-its-child", "out-of-a-session"],
            "without a login uid: %s" % [event.args for event in echoes])
    theirs = [event.said["command"] for event in ours]
    ends = [event for event in of_kind(events, "process_ended")
            if event.said.get("command") in theirs]
    require(len(ends) == 2, "of these have ended: %s" % [event.said for event in ends])
    for event in ours + ends:
        require(event.event["session"] == told[0].event["session"] and
                event.event["session_uid"] == told[0].event["session_uid"] and
                "login_uid" not in event.event.get("actor", {}) and
                event.event["attribution"] == {"basis": "BASIS_ANCESTOR",
                                               "confidence": "CONFIDENCE_LIKELY"},
                "without a login uid: %s" % event.event)
    # Another login uid that he takes after that leads out of the session that he had.
    opened = [event.said for event in of_kind(events, "session_opened")]
    again = [said for said in opened if said.get("old_ses") == told[0].event["session"]["ses"]]
    require(len(again) == 1 and "old_login_uid" not in again[0],
            "a login uid taken anew: %s" % opened)


def require_scope(echoes, name, container, unit):
    """These commands stand in the container's scope, with its start; why, and how sure."""
    ours = [event for event in echoes if event.args[-1].startswith(name)]
    starts = {event.event["session"]["unit_started_ns"] for event in ours}
    require(len(ours) == 5 and len(starts) == 1 and int(starts.pop()) > 0,
            "%s: starts of the container: %s" % (name, starts))
    for event in ours:
        place, session = event.event["place"], event.event["session"]
        require((place["runtime"], place["container"], place.get("unit", ""), session["unit"]) ==
                ("docker", container, unit, container), "%s: %s, %s" % (name, place, session))
        require("login_uid" not in event.event.get("actor", {}) and "ses" not in session and
                event.event["attribution"] == {"basis": "BASIS_CONTAINER",
                                               "confidence": "CONFIDENCE_CERTAIN"},
                "%s: %s" % (name, event.event))
    uids = {event.event["session_uid"] for event in ours}
    require(len(uids) == 1, "one container, several sessions: %s" % uids)


@boot()
def capture(kept):
    """The agent starts on Debian's kernel, records a session, and puts everything back."""
    events = kept.events()
    require_no_loss(events)
    for first in ("bash", "id", "/usr/bin/env", "true"):
        require(len(commands(events, first)) == 1, "%s is there %d times" % (
            first, len(commands(events, first))))
    ends = [event.said for event in of_kind(events, "process_ended")]
    require(any(end.get("exit_code") == 7 for end in ends), "no end with 7: %s" % ends)
    require(all("spoor-" in line for line in kept.lines("rules")), "rules: " + kept.read("rules"))
    require("No rules" in kept.read("rules.after"), "left: " + kept.read("rules.after"))
    before, after = kept.numbers("status.before"), kept.numbers("status.after")
    for name in ("enabled", "failure", "backlog_limit", "pid"):
        require(before[name] == after[name], "%s was %d, is %d" % (
            name, before[name], after[name]))


@boot()
def locked(kept):
    """-e 2: the agent starts, records by the rules that are there, and says what it cannot do."""
    events = kept.events()
    require_no_loss(events)
    require(len(commands(events, "id")) == 1, "the command is not there")
    require("locked until the next boot" in kept.read("agent.log"), kept.read("agent.log"))
    said = kept.read("cleanup")
    require(kept.read("cleanup.code").strip() == "1", "cleanup claims to have cleaned up: " + said)
    require("locked until the next boot" in said, "cleanup does not say why: " + said)
    require("spoor-commands" in kept.read("rules.after"), "the rule is gone, in spite of -e 2")
    require(kept.numbers("status.after")["pid"] == 0, "the seat is held still")
    require_finding(kept, "doctor", "audit-lock", "missing")


@boot("audit=1 audit_backlog_limit=8192")
def boot_records(kept):
    """audit=1: what happened before the agent started is there, in order, and nothing is lost."""
    events = kept.events()
    require_no_loss(events)
    require(kept.read("lost").strip() == "0", "the kernel lost " + kept.read("lost"))
    early, late = commands(events, "id"), commands(events, "true")
    require(len(early) == 1 and len(late) == 1, "early %d, late %d" % (len(early), len(late)))
    started = of_kind(events, "agent_state")[0]
    require(int(early[0].event["time_ns"]) < int(started.event["time_ns"]) <
            int(late[0].event["time_ns"]), "the times say otherwise")
    require(early[0].order < late[0].order, "the order is wrong")
    require(early[0].event["origin"].get("before_start") is True, "the early one is not marked")
    require("before_start" not in late[0].event["origin"], "the late one is marked")
    require_finding(kept, "doctor", "boot-line", "ok")


@boot()
def never_task(kept):
    """-a never,task: doctor says that nothing is audited, and how to mend it."""
    require(not commands(kept.events(), "id"), "the kernel audits in spite of never,task")
    finding = require_finding(kept, "doctor", "never-rules", "missing")
    require("auditctl -d never,task" in finding["fix"], "the fix: " + finding["fix"])
    require(kept.read("doctor.code").strip() == "1", "exit code " + kept.read("doctor.code"))
    require_finding(kept, "doctor.after", "never-rules", "ok")


@boot()
def incumbent(kept):
    """auditd holds the seat since boot: doctor says what its full disk would do; we listen."""
    pid = kept.numbers("status.before")["pid"]
    seat = require_finding(kept, "doctor", "seat", "missing")
    require("auditd" in seat["what"] and str(pid) in seat["what"], "the seat: " + seat["what"])
    disk = require_finding(kept, "doctor", "auditd-disk", "risk")
    require("halt" in disk["what"], "the disk: " + disk["what"])
    require(kept.numbers("status.after")["pid"] == pid, "auditd lost its seat")
    require("spoor-" not in kept.read("rules.after"), "rules of ours fill auditd's log")
    require("beside another audit daemon" in kept.read("agent.log"), kept.read("agent.log"))
    events = kept.events()
    require_no_loss(events)
    require(len(commands(events, "id")) == 1, "the command is not there")
    theirs = {int(n) for n in re.findall(r"type=SYSCALL msg=audit\(\d+\.\d+:(\d+)\).*comm=\"id\"",
                                         kept.read("audit.log"))}
    require({event.serial for event in commands(events, "id")} == theirs,
            "auditd's log has %s" % theirs)


@boot(timeout_s=400)
def backlog(kept):
    """A full backlog of 64 and a stopped reader: the host goes on, each missing serial is told."""
    losses = stopped_reader(kept)
    # Without audit=1 the kernel counts only some of what it could not deliver.
    require(not all(loss.get("exact") for loss in losses if loss["unit"] == "records"),
            "records are said to be counted, which the kernel did not: %s" % losses)


@boot("audit=1", timeout_s=400)
def backlog_counted(kept):
    """The same after a boot with audit=1, where the kernel counts everything: Loss is exact."""
    losses = stopped_reader(kept)
    require(all(loss.get("exact") for loss in losses), "inexact: %s" % losses)


def stopped_reader(kept):
    """The losses of backlog.sh, which are as the kernel's counter and the serials say."""
    events = kept.events()
    require(int(kept.read("ended")) - int(kept.read("began")) < 120, "the host was held up")
    require(kept.numbers("status.before")["backlog_limit"] == 64, kept.read("status.before"))
    lost = int(kept.read("lost"))
    require(lost > 0, "nothing was lost: the test shows nothing")
    losses = [event.said for event in of_kind(events, "loss")]
    require(all(loss.get("exact") for loss in losses if loss["unit"] == "serials"), losses)
    records = sum(int(loss["count"]) for loss in losses if loss["unit"] == "records")
    require(records == lost, "Loss says %d records, the kernel %d: %s" % (records, lost, losses))
    require_serials(events, losses)
    require(commands(events, "true")[-1].args == ["true", "last"], "it did not go on")
    return losses


def require_serials(events, losses):
    """Each of the kernel's serials is an event's, or counted once by a Loss."""
    serials = {event.serial for event in events if event.serial}
    missing = max(serials) - min(serials) + 1 - len(serials)
    counted = sum(int(loss["count"]) if loss["unit"] == "serials" else int(loss.get("serials", 0))
                  for loss in losses)
    require(missing == counted, "%d serials are missing, Loss says %d" % (missing, counted))


@boot(disk=True, timeout_s=300)
def reboot(kept):
    """Three boots, the second ended by a reset: one spool, three epochs, no false Loss."""
    events = kept.events()
    require_no_loss(events)
    epochs = sorted({event.epoch for event in events})
    require(epochs == [1, 2, 3], "epochs %s" % epochs)
    for number in epochs:
        mine = [event for event in commands(events, "true") if event.epoch == number]
        require(["true", "boot%d" % number] in [event.args for event in mine],
                "boot %d: %s" % (number, [event.args for event in mine]))
    boot_ids = {event.epoch: event.said["boot_id"] for event in of_kind(events, "agent_state")
                if "boot_id" in event.said}
    require(len(set(boot_ids.values())) == 3, "boots: %s" % boot_ids)


RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "rules", "audit")
# The folders of rules/audit that are profiles; the whole of it where it has none.
PROFILES = [name for name in ("light", "standard", "strict")
            if os.path.isdir(os.path.join(RULES, name))] or ["all-files"]
# Groups of rules for which nothing is done in the machine: it has no program that uses io_uring,
# traces another, or runs without a login.
NOT_DONE = {"spoor-io-uring", "spoor-processes", "spoor-unattended"}


@boot("spoor.profiles=" + ",".join(PROFILES), timeout_s=600)
def profiles(kept):
    """Whole unchanged profiles: every rule is loaded, and each group of rules yields events."""
    for profile in PROFILES:
        listed = [line for line in kept.lines(profile + ".rules") if "spoor-" in line]
        said = re.search(r"(\d+) rules loaded", kept.read(profile + ".started"))
        require(said and int(said.group(1)) == len(listed) > 0, "%s: %s, and auditctl lists %d" % (
            profile, kept.read(profile + ".started"), len(listed)))
        require("No rules" in kept.read(profile + ".left"), "left: " + kept.read(profile + ".left"))
        events = kept.events("spool." + profile)
        require_no_loss(events)
        groups = {key for line in listed for key in re.findall(r"(?:-k |key=)(\S+)", line)}
        silent = groups - {event.key for event in events} - NOT_DONE
        require(not silent, "%s: no event of %s" % (profile, ", ".join(sorted(silent))))
        roots = [event for event in commands(events, "id")
                 if event.event.get("actor", {}).get("id") == "0"]
        require(len(roots) == 1, "the command run as root: %d" % len(roots))


def require_finding(kept, name, check, level):
    """The finding of this check in a doctor's JSON, which must be of this level."""
    findings = [json.loads(line) for line in kept.lines(name + ".json")]
    mine = [finding for finding in findings if finding.get("check") == check]
    require(mine, "doctor says nothing of %s:\n%s" % (check, kept.read(name + ".txt")))
    require(mine[0]["level"] == level, "%s is %s, not %s: %s" % (
        check, mine[0]["level"], level, mine[0]["what"]))
    return mine[0]
