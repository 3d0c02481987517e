#!/usr/bin/env python3
"""The spool's disk stands still while a thousand programs a second are executed: whoever writes
there hangs in the kernel. The audit reader does not wait for it: the kernel loses nothing, and when
the disk goes on, all of it is in the log, once and in order.

SPOOR_STALL_S says for how long. The loads keep their ledgers in memory, since a disk that syncs
each line makes no thousand a second."""
import os
import time

import block_disk
import delivery
import harness
import ledger
import private_space
from harness import LOGIN_UID, require, wait_until
from kernel_audit import KernelAudit
from restart_test import check_trail

STALL_S = int(os.environ.get("SPOOR_STALL_S", "6"))
SEED = int(os.environ.get("SPOOR_LOAD_SEED", "7"))
LOADS, PACE_US, WARM = 2, int(os.environ.get("SPOOR_PACE_US", "300")), 500
DISK_MIB = 512


class Loads:
    """Login sessions, each with a load and a ledger of its own."""

    def __init__(self, deployment):
        self.books, self.processes = [], []
        for number in range(LOADS):
            self.books.append(deployment.path("home", "ledger-%d" % number))
            self.processes.append(deployment.session(
                os.path.join(deployment.bin, "spoor-test-load"), "--ledger", self.books[-1],
                "--count", "1000000", "--seed", str(SEED + number), "--pace-us", str(PACE_US),
                pty=False))

    def done(self):
        return sum(ledger.lines(book) for book in self.books if os.path.exists(book))

    def stop(self):
        """The ledgers, once each load has ended in order."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            require(process.wait() == 0, "a load ended with %s" % process.returncode)
        return [ledger.read(book) for book in self.books]

    def kill(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()


def while_it_stalls(deployment, disk, loads):
    """Of a stall: how many commands a second there were in it."""
    done, began = loads.done(), time.monotonic()
    disk.stall(STALL_S)
    # What had been written when it began may yet be committed.
    time.sleep(STALL_S / 2)
    stood = delivery.committed(deployment)
    wait_until("the disk to go on", lambda: not still_stands(deployment, stood, disk))
    rate = (loads.done() - done) / (time.monotonic() - began)
    wait_until("commits", lambda: delivery.committed(deployment)["command"] > stood["command"])
    return rate


def still_stands(deployment, stood, disk):
    """Whether it still stalls; that a commit came all the same is a failure."""
    now = delivery.committed(deployment)
    stalls = disk.stalls
    require(not stalls or now["command"] == stood["command"],
            "commits came while the disk stood still: the test tests nothing")
    return stalls


def test(deployment):
    kernel = KernelAudit()
    lost = kernel.status()["lost"]
    private_space.mount_empty(deployment.path("home"), LOGIN_UID)
    disk = block_disk.Disk(deployment, deployment.path("spool"), DISK_MIB)
    loads = None
    try:
        deployment.start()
        words = delivery.KernelWords(kernel)
        loads = Loads(deployment)
        wait_until("the loads", lambda: loads.done() > WARM)
        rate = while_it_stalls(deployment, disk, loads)
        ledgers = loads.stop()
        for entries in ledgers:
            check_trail(delivery.trail_of(deployment, entries), entries)
        types, _ = delivery.check_nothing_lost(deployment, words, lost)
        print("a stall of %d s at %d commands a second; %d commands, %d events of the kernel's, "
              "each once in the log" % (STALL_S, rate, sum(map(len, ledgers)), len(types)))
    finally:
        if loads:
            loads.kill()
        for program in (deployment.agent, deployment.uplink):
            if program.runs:
                program.kill()
        disk.close()


if __name__ == "__main__":
    harness.run_test(test)
