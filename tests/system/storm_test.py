#!/usr/bin/env python3
"""One agent and one uplink under a storm of commands, for as long as SPOOR_STORM_MINUTES says: what
they hold in memory does not grow once it is warm. What is shipped goes to a collector that keeps
nothing. A table of every minute is printed.

The storm is a login session a minute, each of which executes SPOOR_STORM_RATE programs a second; on
a machine that is busy with other things it may be fewer, which is printed and no failure."""
import fcntl
import os
import statistics
import subprocess
import termios
import time

import harness
from harness import require, wait_until
from kernel_audit import KernelAudit

MINUTES = float(os.environ.get("SPOOR_STORM_MINUTES", "0.5"))
RATE = int(os.environ.get("SPOOR_STORM_RATE", "400"))
# In this minute everything that fills once is full; a short storm is warm after half of it, and of
# one that is shorter than this nothing is said of growth.
WARM_MINUTES = min(10.0, MINUTES / 2)
JUDGED_MINUTES_MIN = 10
# From the median of the second half of the warming up to the median of the last fifth. The greatest
# values would measure the machine: where it stood still, everything comes at once, and tables are
# large for some seconds. They are given back, and AGENT_KIB_MAX bounds them.
GROWTH_KIB_MAX = {"RssAnon": 512, "VmRSS": 1024}
# What is promised of the agent, at any time.
AGENT_KIB_MAX = {"RssAnon": 10 << 10, "VmRSS": 24 << 10}
TURNS_A_SECOND = 10
SHELL = "while read turn; do i=0; while [ $i -lt %d ]; do i=$((i+1)); /bin/true; done; done"


def memory(pid):
    """{RssAnon, VmRSS: KiB}"""
    with open("/proc/%d/status" % pid) as file:
        values = dict(line.split(":", 1) for line in file)
    return {name: int(values[name].split()[0]) for name in GROWTH_KIB_MAX}


class Storm:
    """Sessions, one after the other, that execute so many programs at each turn."""

    def __init__(self, deployment):
        self.deployment, self.number, self.turns = deployment, 0, 0
        self.gate = self.session = None

    def next_session(self):
        self.end()
        path = self.deployment.path("storm-%d" % self.number)
        self.number += 1
        os.mkfifo(path)
        os.chmod(path, 0o644)
        self.session = self.deployment.session(
            "/bin/sh", "-c", "exec < %s; %s" % (path, SHELL % (RATE // TURNS_A_SECOND)), pty=False)

        def opened():
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None
        self.gate = wait_until("a session at its gate", opened)
        os.unlink(path)

    def turn(self):
        """One more, unless the session is a second behind already."""
        waiting = fcntl.ioctl(self.gate, termios.FIONREAD, bytes(4))
        if int.from_bytes(waiting, "little") < TURNS_A_SECOND:
            os.write(self.gate, b"\n")
            self.turns += 1

    def end(self):
        if self.session:
            os.close(self.gate)
            require(self.session.wait() == 0, "a session ended with %s" % self.session.returncode)


def start_sink(deployment):
    """In place of the collector, and as its user."""
    sink = subprocess.Popen(
        ["setpriv", "--reuid=%d" % deployment.collector_uid,
         "--regid=%d" % deployment.collector_uid,
         "--clear-groups", os.path.join(deployment.bin, "spoor-test-sink"),
         deployment.path("sockets", "uplink.sock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    require(sink.stdout.readline() == b"accepting\n", "the sink does not accept")
    return sink


def values(samples, name, begin, end):
    return [sample[name] for at, sample in samples if begin <= at <= end]


def judge(what, samples, ends):
    """In words what has grown too much, of one program's [(minutes, {name: KiB})]."""
    wrong = []
    for name, bound in GROWTH_KIB_MAX.items():
        warm = statistics.median(values(samples, name, WARM_MINUTES / 2, WARM_MINUTES))
        last = statistics.median(values(samples, name, ends * 0.8, ends))
        print("%s %s: %d KiB warm, %d KiB at the end" % (what, name, warm, last))
        if last - warm > bound and MINUTES >= JUDGED_MINUTES_MIN:
            wrong.append("%s of %s grew by %d KiB, at most %d are allowed" % (
                name, what, last - warm, bound))
    return wrong


def blow(deployment, watched):
    """The storm; {program: [(minutes, {name: KiB})]}."""
    storm, samples = Storm(deployment), {name: [] for name in watched}
    started, minute = time.monotonic(), -1
    while (now := (time.monotonic() - started) / 60) < MINUTES:
        for name, pid in watched.items():
            samples[name].append((now, memory(pid)))
        if int(now) != minute:
            minute = int(now)
            storm.next_session()
            print("minute %2d: %s" % (minute, "; ".join("%s %s" % (name, ", ".join(
                "%s %d KiB" % value for value in taken[-1][1].items()))
                for name, taken in samples.items())), flush=True)
        storm.turn()
        time.sleep(1 / TURNS_A_SECOND)
    storm.end()
    commands = storm.turns * (RATE // TURNS_A_SECOND)
    print("%d commands in %g minutes, %d a second of %d" % (
        commands, MINUTES, commands / MINUTES / 60, RATE))
    return samples


def test(deployment):
    lost = KernelAudit().status()["lost"]
    sink = start_sink(deployment)
    try:
        deployment.uplink.start()
        deployment.start_agent()
        watched = {"agent": deployment.agent.pid, "uplink": deployment.uplink.pid}
        samples = blow(deployment, watched)
        require(deployment.agent.runs and deployment.agent.pid == watched["agent"],
                "the agent did not live through it")
        deployment.uplink.stop()
        deployment.agent.stop()
    finally:
        sink.stdin.close()
        sink.wait()
    print("the kernel lost %d records" % (KernelAudit().status()["lost"] - lost))
    wrong = [word for name in watched for word in judge(name, samples[name], MINUTES)]
    for name, bound in AGENT_KIB_MAX.items():
        most = max(values(samples["agent"], name, 0, MINUTES))
        if most > bound:
            wrong.append("the agent's %s reached %d KiB, at most %d are promised" % (
                name, most, bound))
    require(not wrong, "; ".join(wrong))


if __name__ == "__main__":
    harness.run_test(test)
