#!/usr/bin/env python3
"""What an uplink that was taken over can put where its commit notes belong, against the real agent:
forged and far-ahead notes, wishes that no log signed, things that are no note, and notes that the
log did sign, replayed where they do not belong. The agent's counter goes on, nothing goes that is
not committed, it stays the process that it was, and each refusal is one line of its log. Needs root
and the audit seat.
hostile_uplink_test.py BINARIES"""
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import time

import harness
from harness import require, wait_until
from private_space import UPLINK_UID

OTHER_UID = 64150
WORDS = ("log", "generation", "stream", "epoch", "sequence", "chain", "time")
WISHES = ("none", "new_epoch", "new_streams")
TRUE = "by the log"


class Log:
    """A log's key, and notes signed with it (common/frame/commit_note.h)."""

    def __init__(self, folder, machine_id_file):
        self.folder, self.id = folder, os.urandom(16).hex()
        with open(machine_id_file) as file:
            self.machine = file.read().strip()
        self.key = os.path.join(folder, "log.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key],
                       check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        self.public = der[-32:].hex()

    def trust(self):
        return "spoor-trust 1\nlog %s\nkey %s\n" % (self.id, self.public)

    def note(self, point, signature=None, wish="none", **changed):
        values = dict({"log": self.id, "generation": 1, "time": time.time_ns(),
                       "machine": self.machine}, **point)
        values.update(changed)
        if signature == TRUE:
            signature = self.sign(values, wish)
        lines = ["spoor-commit 1"] + ["%s %s" % (word, values[word]) for word in WORDS]
        lines += ["signature " + (signature or "none"), "wish " + wish]
        lines += ["machine " + values["machine"]] if wish != "none" else []
        return "\n".join(lines) + "\n"

    def sign(self, values, wish):
        """As the log does it, by openssl."""
        path = os.path.join(self.folder, "signed")
        with open(path, "wb") as file:
            file.write(b"spoor commit 1\0" + bytes.fromhex(values["log"]) +
                       struct.pack("<Q", values["generation"]) + bytes.fromhex(values["stream"]) +
                       struct.pack("<QQ", values["epoch"], values["sequence"]) +
                       bytes.fromhex(values["chain"]) +
                       struct.pack("<qB", values["time"], WISHES.index(wish)) +
                       (bytes.fromhex(values["machine"]) if wish != "none" else b""))
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in",
                               path], check=True, capture_output=True).stdout.hex()


def points(folder):
    """Each frame in a class's folder of the spool: where it ends, and its chain value there."""
    found = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".seg"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        at = data.find(b"SPB1")
        while at >= 0:
            header = data[at + 64:at + 296]
            if header[:4] == b"SPF1":
                (epoch,) = struct.unpack_from("<Q", header, 40)
                (sequence,) = struct.unpack_from("<Q", header, 72)
                found.append({"stream": header[24:40].hex(), "epoch": epoch, "sequence": sequence,
                              "chain": data[at + 296:at + 328].hex()})
            at = data.find(b"SPB1", at + 4)
    return found


class Attack:
    def __init__(self, deployment):
        self.deployment = deployment
        self.note_path = deployment.path("commit", "command")
        self.spool = deployment.path("spool")

    def counter(self):
        with open(os.path.join(self.spool, "status")) as status:
            return int(re.search(r"^counter (\d+)$", status.read(), re.M).group(1))

    def segments(self):
        folder = os.path.join(self.spool, "command")
        return {name for name in os.listdir(folder) if name.endswith(".seg")}

    def held(self):
        """The chain value of each frame of commands, set aside or not."""
        return {point["chain"] for name in ("command", "forked")
                for folder, _, _ in os.walk(os.path.join(self.spool, name))
                for point in points(folder)}

    def starts(self):
        return self.deployment.agent.log().count("capturing")

    def clear(self):
        if os.path.isdir(self.note_path) and not os.path.islink(self.note_path):
            shutil.rmtree(self.note_path)
        elif os.path.lexists(self.note_path):
            os.unlink(self.note_path)

    def put(self, text):
        """As the uplink does it: whole, by a rename."""
        self.clear()
        with open(self.note_path + ".tmp", "w") as file:
            file.write(text)
        os.chown(file.name, UPLINK_UID, UPLINK_UID)
        os.rename(file.name, self.note_path)

    def said(self):
        return [line for line in self.deployment.agent.log().splitlines()
                if "commit note not believed" in line]

    def check_refused(self, words, put):
        """Put there, it is said to be refused, once, while the agent goes on."""
        before, said = self.segments(), len(self.said())
        put()
        wait_until("the refusal of '%s'" % words,
                   lambda: any(words in line for line in self.said()[said:]))
        time.sleep(1.2)  # it is looked at each second
        require(sum(words in line for line in self.said()[said:]) == 1,
                "it is said again and again: %s" % self.said()[said:])
        require(before <= self.segments(), "segments went: %s" % (before - self.segments()))


def check_notes(attack, log):
    at = points(os.path.join(attack.spool, "command"))[-1]
    other = points(os.path.join(attack.spool, "activity") if os.listdir(
        os.path.join(attack.spool, "activity")) else os.path.join(attack.spool, "access"))[-1]
    forged = "ab" * 64
    attack.check_refused("without a signature", lambda: attack.put(log.note(at)))
    attack.check_refused("signature is not the log's", lambda: attack.put(log.note(at, forged)))
    attack.check_refused("does not trust",
                         lambda: attack.put(log.note(at, forged, log=os.urandom(16).hex())))
    attack.check_refused("for another stream", lambda: attack.put(log.note(other, forged)))
    attack.check_refused("without a signature", lambda: attack.put(
        log.note(at, sequence=at["sequence"] + 10_000_000)))
    attack.check_refused("signature is not the log's", lambda: attack.put(
        log.note(at, forged, wish="new_streams")))


def goes_on(attack):
    """It has looked at what lies there."""
    counter = attack.counter()
    wait_until("the agent's counter to go on", lambda: attack.counter() > counter + 1)


def check_signed(attack, log):
    """What the log said once, and what it never said but to another host with this stream."""
    held = points(os.path.join(attack.spool, "command"))
    first, last = held[0], held[-1]
    elsewhere = points(os.path.join(attack.spool, "access"))[-1]
    attack.check_refused("ahead of what the spool holds", lambda: attack.put(log.note(
        last, TRUE, sequence=last["sequence"] + 10_000_000)))
    attack.check_refused("chain value is not ours", lambda: attack.put(log.note(
        last, TRUE, chain=os.urandom(32).hex())))
    attack.check_refused("for another stream", lambda: attack.put(log.note(elsewhere, TRUE)))
    nothing = {"epoch": 0, "sequence": 0, "chain": "00" * 32}
    attack.check_refused("a wish for the machine", lambda: attack.put(log.note(
        last, TRUE, "new_streams", machine=os.urandom(16).hex(), **nothing)))
    stale = log.note(last, TRUE, generation=1)
    said, before = len(attack.said()), attack.held()
    attack.put(log.note(first, TRUE, generation=2))
    goes_on(attack)
    require(len(attack.said()) == said, "a true commit is refused: %s" % attack.said()[said:])
    attack.check_refused("of generation 1 of a log that came back as generation 2",
                         lambda: attack.put(stale))
    require(before <= attack.held(), "%d frames went" % len(before - attack.held()))


def check_signed_wishes(attack, log):
    """Each is followed once, and what it sets aside is kept."""
    last = points(os.path.join(attack.spool, "command"))[-1]
    before, starts = attack.held(), attack.starts()
    wishes = [log.note(last, TRUE, "new_epoch", generation=2),
              log.note(last, TRUE, "new_epoch", generation=2, epoch=last["epoch"] + 1000)]
    for wish in wishes:
        attack.put(wish)
        starts += 1
        wait_until("the agent to go on anew", lambda: attack.starts() == starts)
        attack.clear()
        goes_on(attack)
    for wish in reversed(wishes):
        attack.put(wish)
        goes_on(attack)
        require(attack.starts() == starts, "a wish is followed twice")
    attack.clear()
    require(before <= attack.held(), "%d frames went" % len(before - attack.held()))


def check_files(attack):
    def link():
        attack.clear()
        os.symlink("/etc/shadow", attack.note_path)

    def of_another_user():
        attack.put("any")
        os.chown(attack.note_path, OTHER_UID, OTHER_UID)

    def sparse():
        attack.put("")
        os.truncate(attack.note_path, 1 << 30)

    def special(kind, device=0):
        def make():
            attack.clear()
            os.mknod(attack.note_path, kind | 0o644, device)
            os.chown(attack.note_path, UPLINK_UID, UPLINK_UID)
        return make

    def listening():
        attack.clear()
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(attack.note_path)

    def folder():
        attack.clear()
        os.mkdir(attack.note_path)
    attack.check_refused("symbolic link", link)
    attack.check_refused("is no regular file", special(stat.S_IFIFO))
    attack.check_refused("is too long", sparse)
    attack.check_refused("is no regular file", special(stat.S_IFCHR, os.makedev(1, 3)))
    attack.check_refused("belongs to uid", of_another_user)
    attack.check_refused("is no regular file", folder)
    attack.check_refused("No such device", listening)
    attack.clear()


def check_flood(attack, log):
    """A new wish each time that the agent looks, and many between."""
    at = points(os.path.join(attack.spool, "command"))[-1]
    said = len(attack.said())
    until = time.monotonic() + 4
    count = 0
    while time.monotonic() < until:
        count += 1
        wish = ("new_streams", "new_epoch")[count % 2]
        attack.put(log.note(at, wish=wish, generation=count, chain=os.urandom(32).hex()))
        time.sleep(0.002)
    attack.clear()
    require(len(attack.said()) <= said + 1,
            "a flood of the same refusal is said %d times" % (len(attack.said()) - said))
    print("  %d wishes" % count)


def test(deployment):
    log = Log(deployment.folder, deployment.machine_id)
    trust = deployment.path("etc", "trust")
    with open(trust, "w") as file:
        file.write(log.trust())
    deployment.agent_values["trust_file"] = trust
    deployment.write_config("agent", deployment.agent_values)
    deployment.start_agent()
    pid = deployment.agent.pid
    load = deployment.session(
        os.path.join(deployment.bin, "spoor-test-load"), "--ledger",
        deployment.path("home", "ledger"), "--count", "2000", "--seed", "1", pty=False)
    require(load.wait() == 0, "the load ended with %s" % load.returncode)
    attack = Attack(deployment)
    wait_until("frames of commands",
               lambda: len(points(os.path.join(attack.spool, "command"))) > 3)
    counter = attack.counter()
    check_notes(attack, log)
    check_signed(attack, log)
    check_files(attack)
    check_flood(attack, log)
    wait_until("the agent's counter to go on", lambda: attack.counter() > counter + 3)
    require(deployment.agent.runs and deployment.agent.pid == pid, "the agent ended")
    require(deployment.agent.log().count("capturing") == 1, "the agent executed itself anew")
    require(not os.path.exists(os.path.join(attack.spool, "command", "wish")), "a wish is kept")
    check_signed_wishes(attack, log)
    require(deployment.agent.runs and deployment.agent.pid == pid, "the agent ended")
    print("all is as it should be")


if __name__ == "__main__":
    harness.run_test(test)
