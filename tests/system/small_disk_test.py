#!/usr/bin/env python3
"""The collector's disk is tiny, others fill it, and under load the log finds no room any more: then
nothing is committed, operators read on, and the agent keeps what it has. When there is room again,
all of it comes, once and in order, and the collector's own events tell of both."""
import os

import block_disk
import delivery
import harness
import ledger
from faults_test import Load, complete_trail, point
from harness import require, wait_until
from kernel_audit import KernelAudit
from restart_test import check_trail

# At two thirds the load has a command line of 1.9 MB, twice in the log: as data and as text.
DISK_MIB, LEFT_BYTES = 32, 2 << 20
FULL, AFTER = 80, 95
STRANGER = "somebody-elses"


def own_changes(deployment):
    """What the collector told of itself, in order."""
    lines = delivery.lines_of(deployment, "spoor-test-log", deployment.path("log"))
    return [line["event"]["collector_state"]["change"] for line in lines
            if line["agent"] == "collector" and "collector_state" in line.get("event", {})]


def check_reads(deployment):
    """The session is listed, and its trail, as far as it was committed, is shown."""
    session = deployment.our_session()
    require(session and session["commands"], "no session while the disk is full: %s" % session)
    require(deployment.trail(session["name"]).named(ledger.VICTIM), "an empty trail")


def while_full(deployment, load):
    """A part of the load runs while the collector takes nothing."""
    gate = load.hold(point(FULL))
    wait_until("the collector to say that its disk is full",
               lambda: "the collector's disk is full" in deployment.uplink.log())
    stood = delivery.committed(deployment)
    check_reads(deployment)
    os.close(gate)
    gate = load.hold(point(AFTER))
    require(delivery.committed(deployment) == stood, "committed on a full disk: %s, before %s" % (
        delivery.committed(deployment), stood))
    check_reads(deployment)
    require(stood["command"] < max((int(line["epoch"]), int(line["sequence"])) for line in
                                   deployment.spooled(deployment.path("spool"))
                                   if line["class"] == "command"), "nothing waits for room")
    return gate


def test(deployment):
    disk = block_disk.Disk(deployment, deployment.path("log"), DISK_MIB)
    load = None
    try:
        deployment.start()
        words = delivery.KernelWords(KernelAudit())
        disk.fill(STRANGER, LEFT_BYTES)
        load = Load(deployment, [point(FULL), point(AFTER)])
        gate = while_full(deployment, load)
        os.unlink(deployment.path("log", STRANGER))
        os.close(gate)
        require(load.process.wait() == 0, "the load ended with %s" % load.process.returncode)
        entries = ledger.read(load.book)
        check_trail(complete_trail(deployment, entries[-1]), entries)
        types = words.close()
        left = delivery.stop_when_delivered(deployment)
        log = delivery.logged(deployment)
        delivery.check_same(left, log)
        require(not log.losses and not log.holes, "there are losses: %s" % log.losses[:3])
        delivery.check_told(types, log)
        changes = own_changes(deployment)
        told = [change for change in changes if change in (
            "CHANGE_DISK_FULL", "CHANGE_WRITABLE", "CHANGE_IO_ERROR")]
        require(told == ["CHANGE_DISK_FULL", "CHANGE_WRITABLE"],
                "the collector told of its disk: %s" % changes)
        print("%d commands, %d events of the kernel's, each once in the log; it told %s" % (
            len(entries), len(types), ", ".join(told)))
    finally:
        if load and load.process.poll() is None:
            load.process.kill()
        for program in (deployment.agent, deployment.uplink, deployment.collector):
            if program.runs:
                program.kill()
        disk.close()


if __name__ == "__main__":
    harness.run_test(test)
