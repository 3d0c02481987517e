#!/usr/bin/env python3
"""kill -9 within the change from the audit socket of the run before to one of our own, in the midst
of a load: whichever socket is left in the store has all that was not read. Every command is in the
trail once, with its end, and there is no Loss.
"""
import os
import random
import signal
import time

import fd_store
import harness
import ledger
from harness import require, wait_until

SEED = os.environ.get("SPOOR_LOAD_SEED", "5")
ROUNDS = int(os.environ.get("SPOOR_ROUNDS", "1"))


class Killer:
    """Sees what the agent says to the store, and kills it where it is told to."""

    def __init__(self, agent, store):
        self.agent, self.store = agent, store
        self.point, self.begun, self.step, self.seen = None, False, "", []
        store.watch = self.watch

    def watch(self, words, acted):
        """On the store's thread: before it does what it was told, and after."""
        if words.get("READY") == "1":
            self.begun = True  # what it says before is of its start, and of no change
        if self.point is None or not self.begun:
            return
        if words.get("FDSTORE") == "1":
            self.step = "kept"
        elif words.get("FDSTOREREMOVE") == "1":
            self.step = "released"
        elif words.get("BARRIER") == "1" and not acted:
            self.step += " and heard"
        elif "BARRIER" not in words:
            return
        self.seen.append((self.step, acted))
        if self.seen[-1] == self.point:
            os.kill(self.agent.pid, signal.SIGKILL)
            self.point = None

    def aim(self, point):
        """Before the agent is started: how soon it begins a change is its own affair."""
        self.store.catch_up()
        with self.store.turn:
            self.begun, self.seen, self.point = False, [], point or ("never", True)

    def kill(self, point, after_s):
        """There; with no point, so long after the manager let go of the old socket."""
        if point is None:
            wait_until("the change", lambda: ("released and heard", True) in self.seen,
                       every_s=0.0005)
            time.sleep(after_s)
            os.kill(self.agent.pid, signal.SIGKILL)
        wait_until("the agent's end", lambda: self.agent.process.poll() is not None)
        require(self.agent.process.returncode == -signal.SIGKILL,
                "the agent ended by itself:\n" + self.agent.log())
        self.point = None


def moments(draw):
    """Where to kill, and how long after the old socket is gone."""
    drawn = [(("kept", False), 0),  # told, not yet done: the store does it for the dead, too
             (("kept and heard", True), 0),
             (("released", False), 0),
             (("released", True), 0),
             (None, draw.random() * 0.03),  # about when the new socket is registered
             (None, draw.random() * 1.2)]   # records come both ways
    draw.shuffle(drawn)
    return drawn


def check_trail(deployment, entries):
    sure = entries[:-1]  # the last one may not have run

    def complete():
        session = deployment.our_session()
        trail = deployment.trail(session["name"]) if session else None
        told = trail and [c for c in trail.named(ledger.VICTIM) if c["pid"] == sure[-1].pid]
        return trail if told and harness.end_of(told[0]) == sure[-1].end else None
    trail = wait_until("the trail's end", complete, every_s=0.5)
    found = ledger.match(entries, trail)
    missing = [entry.n for entry in sure if entry.n not in found]
    require(not missing, "%d commands are missing: %s" % (len(missing), missing[:20]))
    wrong = ledger.wrong_ends(sure, found)
    require(not wrong, "%d ends are wrong: %s" % (len(wrong), "; ".join(wrong[:5])))
    require(not trail.losses, "%d losses: %s" % (len(trail.losses), trail.losses[:3]))


def start(agent):
    agent.start("going on with the sockets of the run before")


def test(deployment):
    lost_before = harness.kernel_audit.KernelAudit().status()["lost"]
    store = fd_store.FdStore(deployment.folder, deployment.agent_uid)
    agent = deployment.agent = fd_store.ManagedProgram(deployment.agent, store)
    killer = Killer(agent, store)
    book = deployment.path("home", "ledger")
    draw = random.Random(int(SEED))
    anew = 0
    try:
        deployment.start()
        load = deployment.session(
            os.path.join(deployment.bin, "spoor-test-load"), "--ledger", book, "--count", "1000000",
            "--seed", SEED, "--pace-us", "5000", pty=False)
        try:
            agent.kill()
            for point, after_s in [moment for _ in range(ROUNDS) for moment in moments(draw)]:
                killer.aim(point)
                start(agent)
                if "taking it anew" in agent.log():  # then there is nothing to change
                    anew += 1
                    agent.kill()
                    killer.aim(point)
                    start(agent)
                killer.kill(point, after_s)
                kept = [name for name in store.names() if name.startswith("audit")]
                require(len(kept) in (1, 2), "kept: %s" % kept)
            start(agent)
            wanted = ledger.lines(book) + 200
            wait_until("more commands", lambda: ledger.lines(book) >= wanted)
        finally:
            load.send_signal(signal.SIGTERM)
            load.wait()
        entries = ledger.read(book)
        check_trail(deployment, entries)
        lost = harness.kernel_audit.KernelAudit().status()["lost"] - lost_before
        require(lost == 0, "the kernel lost %d records" % lost)
        agent.stop()
        wait_until("the store to be empty", lambda: not store.names())
        print("%d commands through %d kill -9 within a change of the seat, after %d of which the "
              "kernel named nobody; no loss" % (len(entries), 6 * ROUNDS, anew))
    finally:
        if agent.runs:
            agent.kill()
        store.close()


if __name__ == "__main__":
    harness.run_test(test)
