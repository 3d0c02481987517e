#!/usr/bin/env python3
"""Agents that do what no agent does, against the real collector over TLS: each with a good
certificate, or with none. Each is refused with a code and in words, an operator can see it as an
event, and an honest agent's commits go on coming. Needs root, no kernel audit.
hostile_agent_test.py BINARIES"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from enrolment_site import Host, Site
from harness import SKIPPED, PATIENCE_S, require, wait_until

# What the collector may hold over all this, of which it was sent 200 MiB in Hellos and unfolded
# 480 MiB: its queue has 64, an event that it looks at up to 64, gRPC some Hellos of 5 at a time.
RSS_MAX_KB = 320 << 10


class Hostile:
    """The attacking program, as one enrolled host or as none."""

    def __init__(self, site, binaries, host):
        self.site, self.host = site, host
        self.program = os.path.join(binaries, "spoor-test-hostile")

    def argv(self, attack, *arguments, certified=True):
        return [self.program, self.site.address, self.host.path("state", "identity", "root.pem"),
                self.host.identity if certified else "-", self.host.read("etc/machine-id").strip(),
                attack, *arguments]

    def start(self, attack, *arguments, certified=True):
        return subprocess.Popen(self.argv(attack, *arguments, certified=certified),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)

    def said(self, attack, *arguments, certified=True):
        done = subprocess.run(self.argv(attack, *arguments, certified=certified),
                              capture_output=True, text=True, timeout=PATIENCE_S)
        require(done.returncode == 0, "%s ended with %d: %s" % (attack, done.returncode,
                                                               done.stdout + done.stderr[-500:]))
        return done.stdout


class Honest:
    """An agent that ships all the time."""

    def __init__(self, hostile, folder):
        self.path = os.path.join(folder, "honest.log")
        with open(self.path, "w") as log:
            self.process = subprocess.Popen(hostile.argv("steady"), stdin=subprocess.PIPE,
                                            stdout=log, stderr=subprocess.DEVNULL)
        wait_until("the honest agent's first commit", self.commits)

    def text(self):
        with open(self.path, encoding="utf-8") as log:
            return log.read()

    def stream(self):
        return re.search(r"^stream (\w+)$", self.text(), re.M).group(1)

    def commits(self):
        require(self.process.poll() is None, "the honest agent's call ended: " + self.text()[-500:])
        return self.text().count("commit ")

    def goes_on(self, during):
        before = self.commits()
        wait_until("the honest agent's commits to go on behind %s" % during,
                   lambda: self.commits() > before + 5)

    def end(self):
        self.process.stdin.close()
        require(self.process.wait(30) == 0, "the honest agent ended badly: " + self.text()[-500:])


def peak_kb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


# What is said, what must come back, and in which event it is seen.
ATTACKS = (
    ("large", r"refused CODE_LIMIT a frame larger than 9437184 bytes", "a frame larger than"),
    ("huge", r"commits 0\nended 8\n", None),  # RESOURCE_EXHAUSTED: gRPC ends the call
    ("lying_bomb", r"refused CODE_CORRUPT .*", "ship refused"),
    ("chain", r"wish 1\n(.*\n)*refused CODE_FORK", "KIND_FORK"),
    ("fork", r"wish 1\n(.*\n)*refused CODE_FORK", "KIND_FORK"),
    ("jump", r"refused CODE_GAP .*", "ship refused"),
    ("not_offered", r"refused CODE_PROTOCOL a frame of a stream that the Hello did not offer",
     "did not offer"),
    ("other_log", r"refused CODE_LOG_ID .*", "ship refused"),
    ("streams", r"refused CODE_LIMIT .*streams.*\n(.*\n)*refused CODE_LIMIT .*too many streams",
     "too many streams"),
    ("deaf", r"commits [1-9]\d*\nended 0\n", None),
    ("hellos", r"refused CODE_PROTOCOL a second Hello", "a second Hello"),
    ("bomb", r"commits [1-9]\d*\nended 0\n", None),
)


def told(site):
    """Each event of a refusal is a line of the collector's log, too."""
    return site.collector.log(whole=True)


def check_attacks(site, hostile, honest):
    for attack, answer, event in ATTACKS:
        began = time.monotonic()
        said = hostile.said(attack)
        require(re.search(answer, said), "%s: %r is not in: %s" % (attack, answer, said))
        print("  %-12s %.1f s, at most %d MiB: %s" % (
            attack, time.monotonic() - began, peak_kb(site.collector.pid) >> 10,
            said.replace("\n", "; ")[:90]), flush=True)
        honest.goes_on(attack)
        if event:
            wait_until("an event of " + attack, lambda: event in told(site))


def check_silence(site, hostile):
    """Begins before all else; what it gives checks behind all else that nothing was left open. The
    agent is its own: a fifth call cuts an agent's first."""
    address = site.address.rsplit(":", 1)
    half_open = [socket.create_connection((address[0], int(address[1]))) for _ in range(50)]
    for one in half_open[:25]:
        one.sendall(b"\x16\x03\x01")  # the beginning of a handshake
    silent = [hostile.start("silent", certified=False), hostile.start("silent")]

    def check():
        for program in silent:
            said, _ = program.communicate(timeout=PATIENCE_S)
            require(said.count("ended 1\n") == 40, "not every silent call was cut: " + said)
        for one in half_open:
            one.settimeout(PATIENCE_S)
            try:
                while one.recv(4096):
                    pass
            except ConnectionResetError:
                pass
            one.close()
        wait_until("an event of silence", lambda: "no Hello came" in told(site))
    return check


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(SKIPPED)
    binaries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="spoor-hostile-") as folder:
        os.chmod(folder, 0o755)
        site = Site(folder, binaries)
        try:
            site.init("--name", "localhost")
            site.start()
            hosts = [Host(site, name) for name in ("good1", "bad1", "bad2")]
            for host in hosts:
                host.enroll(site.token("--name", host.name))
            honest = Honest(Hostile(site, binaries, hosts[0]), folder)
            hostile = Hostile(site, binaries, hosts[1])
            check_silence_later = check_silence(site, Hostile(site, binaries, hosts[2]))
            check_attacks(site, hostile, honest)
            said = hostile.said("foreign", honest.stream())
            require("wish 2" in said and "refused CODE_UNAVAILABLE" in said, "foreign: " + said)
            honest.goes_on("the use of its stream")
            said = hostile.said("not_offered", certified=False)
            require("refused CODE_DENIED" in said, "no certificate: " + said)
            check_silence_later()
            said = hostile.said("calls")
            require("too many calls from this address" in said, "calls: " + said)
            honest.goes_on("too many calls")
            honest.end()
            peak = peak_kb(site.collector.pid)
            require(peak < RSS_MAX_KB, "the collector has held %d KiB" % peak)
            print("the collector held at most %d MiB" % (peak >> 10))
            site.stop()
        finally:
            site.kill()
    print("all is as it should be")


if __name__ == "__main__":
    main()
