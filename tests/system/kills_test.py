#!/usr/bin/env python3
"""kill -9 of agent, uplink and collector, round after round in the middle of a load: at a random
moment, between write and fsync, and between fsync and what follows from it. In the end the log has
each record that the kernel told, once and in order, and nothing that the spool has not.

The agent's sockets are kept by a stand-in for systemd, so that no Loss is due at all. The load's
fsynced ledger, a second listener at the kernel, and the spool are what the log is compared with."""
import os
import random
import time

import delivery
import fd_store
import harness
import ledger
import pause
from faults_test import complete_trail
from harness import require, wait_until
from kernel_audit import KernelAudit
from restart_test import check_trail

ROUNDS = int(os.environ.get("SPOOR_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("SPOOR_LOAD_SEED", "5"))
PACE_US = 2000
MOMENTS = ("at a random moment", "between write and fsync", "between fsync and what follows")
# What each of them must have synced before it says so to anybody.
SYNCED = {"spoor-agent": "/spool/command/", "spoor-uplink": "/commit/command",
          "spoor-collector": "/log/command/"}
READY = {"spoor-agent": "going on with the sockets of the run before", "spoor-uplink": None,
         "spoor-collector": "accepting"}


class Killer:
    def __init__(self, deployment):
        self.draw, self.deployment = random.Random(SEED), deployment
        self.pauses = [pause.Pause(deployment, program, SYNCED[program.name]) for program in (
            deployment.agent, deployment.uplink, deployment.collector)]
        self.kills = {(program, moment): 0 for program in SYNCED for moment in MOMENTS}

    def wait_for_commits(self):
        """Until all three do their work: what was not yet committed is."""
        before = delivery.committed(self.deployment).get("command", (0, 0))
        wait_until("a commit of commands", lambda: delivery.committed(self.deployment).get(
            "command", (0, 0)) > before)

    def kill(self, there, moment):
        program = there.program
        if moment == MOMENTS[0]:
            time.sleep(self.draw.random() * 0.3)
        else:
            there.wait(MOMENTS.index(moment), self.draw.randint(1, 3))
            time.sleep(self.draw.random() * 0.1)  # the others go on meanwhile
        program.kill()
        there.let_go()
        self.kills[program.name, moment] += 1
        program.start(READY[program.name])

    def rounds(self, load):
        for number in range(ROUNDS):
            order = list(enumerate(self.pauses))
            self.draw.shuffle(order)
            for place, there in order:
                self.wait_for_commits()
                require(load.poll() is None, "the load ended with %s" % load.returncode)
                self.kill(there, MOMENTS[(number + place) % len(MOMENTS)])

    def words(self):
        return "; ".join("%d %s" % (sum(count for (_, when), count in self.kills.items()
                                        if when == moment), moment) for moment in MOMENTS)


def under_load(deployment, killer):
    """The ledger of the load in which the killer went about."""
    book = deployment.path("home", "ledger")
    load = deployment.session(
        os.path.join(deployment.bin, "spoor-test-load"), "--ledger", book, "--count", "1000000",
        "--seed", str(SEED), "--pace-us", str(PACE_US), pty=False)
    try:
        wait_until("the load's ledger", lambda: os.path.exists(book))
        killer.rounds(load)
        load.terminate()
        require(load.wait() == 0, "the load ended with %s" % load.returncode)
    finally:
        if load.poll() is None:
            load.kill()
    return ledger.read(book)


def test(deployment):
    kernel = KernelAudit()
    lost = kernel.status()["lost"]
    store = fd_store.FdStore(deployment.folder, deployment.agent_uid)
    deployment.agent = fd_store.ManagedProgram(deployment.agent, store)
    try:
        killer = Killer(deployment)
        deployment.start()
        store.catch_up()
        words = delivery.KernelWords(kernel)
        entries = under_load(deployment, killer)
        check_trail(complete_trail(deployment, entries[-1]), entries)
        types, log = delivery.check_nothing_lost(deployment, words, lost)
        print("%d commands, %d events of the kernel's; %d kills: %s; the log has %d events, each "
              "once" % (len(entries), len(types), sum(killer.kills.values()), killer.words(),
                        len(log.events)))
        store.catch_up()
    finally:
        if deployment.agent.runs:
            deployment.agent.kill()
        store.close()


if __name__ == "__main__":
    harness.run_test(test)
