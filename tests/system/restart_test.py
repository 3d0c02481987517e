#!/usr/bin/env python3
"""Reloads and kill -9 in the middle of a storm, with the agent's sockets kept by a stand-in for
systemd: the trail is as if nothing had happened. Every command is in it once, with its end; there
is no Loss; the kernel lost nothing.

(Without anybody who keeps the sockets, what nobody read is one exact Loss: faults_test.py.)
"""
import os
import random
import signal
import time

import fd_store
import harness
import ledger
from faults_test import complete_trail
from harness import require, wait_until

COUNT = int(os.environ.get("SPOOR_LOAD_COUNT", "6000"))
SEED = os.environ.get("SPOOR_LOAD_SEED", "3")
KILLS = int(os.environ.get("SPOOR_KILLS", "20"))
RELOADS = int(os.environ.get("SPOOR_RELOADS", "5"))


def reload(agent):
    said = len(agent.log())
    os.kill(agent.pid, signal.SIGHUP)
    agent.wait_for("capturing", after=said)


def kill_and_start(agent):
    agent.kill()
    agent.start("going on with the sockets of the run before")


def storm(deployment, book):
    """The load, and between its commands all the reloads and kills."""
    load = deployment.session(
        os.path.join(deployment.bin, "spoor-test-load"), "--ledger", book, "--count", str(COUNT),
        "--seed", SEED, "--big", pty=False)
    draw = random.Random(int(SEED))
    acts = [reload] * RELOADS + [kill_and_start] * KILLS
    draw.shuffle(acts)
    done = 0
    try:
        wait_until("the load's ledger", lambda: os.path.exists(book))
        for act in acts:
            done += 1
            wanted = COUNT * done // (len(acts) + 2)
            wait_until("command %d" % wanted, lambda: ledger.lines(book) >= wanted,
                       every_s=0.002)
            time.sleep(draw.random() * 0.1)  # anywhere in a frame's window
            act(deployment.agent)
        require(load.wait() == 0, "the load ended with %s" % load.returncode)
    finally:
        if load.poll() is None:
            load.kill()


def check_trail(trail, entries):
    found = ledger.match(entries, trail)
    missing = [entry.n for entry in entries if entry.n not in found]
    require(not missing, "%d commands are missing: %s" % (len(missing), missing[:20]))
    wrong = ledger.wrong_ends(entries, found)
    require(not wrong, "%d ends are wrong: %s" % (len(wrong), "; ".join(wrong[:5])))
    require(not trail.losses, "%d losses: %s" % (len(trail.losses), trail.losses[:3]))


def check_seat(deployment, status):
    """The seat goes over to the process that runs, in the middle of a load."""
    deployment.agent.kill()
    book = deployment.path("home", "second-ledger")
    load = deployment.session(
        os.path.join(deployment.bin, "spoor-test-load"), "--ledger", book, "--count", "1000000",
        "--seed", SEED, pty=False)
    try:
        # It begins with the seat of the dead, and takes it in its own name later.
        deployment.agent.start("going on with the sockets of the run before")
        begun = deployment.agent.log().index("going on with the sockets of the run before")
        deployment.agent.wait_for("took the audit seat anew", after=begun)
        require(status()["pid"] == deployment.agent.pid, "the seat is %s's" % status()["pid"])
        wanted = ledger.lines(book) + 500
        wait_until("more commands", lambda: ledger.lines(book) >= wanted)
    finally:
        load.kill()
        load.wait()
    entries = ledger.read(book)
    sure = entries[:-1]  # the last one may not have run

    def complete():
        names = [s["name"] for s in deployment.sessions()
                 if s.get("login_uid") == harness.LOGIN_UID]
        for name in names:
            trail = deployment.trail(name)
            found = ledger_pids(trail)
            if sure[-1].pid in found and sure[0].pid in found:
                return trail
        return None
    trail = wait_until("the second trail", complete, every_s=0.5)
    found = ledger.match(entries, trail)
    missing = [entry.n for entry in sure if entry.n not in found]
    require(not missing, "%d of %d commands went in the change of the seat: %s" % (
        len(missing), len(sure), missing[:20]))
    require(not trail.losses, "losses: %s" % trail.losses[:3])


def ledger_pids(trail):
    return {command["pid"] for command in trail.named(ledger.VICTIM)}


def test(deployment):
    status = harness.kernel_audit.KernelAudit().status
    lost_before = status()["lost"]
    store = fd_store.FdStore(deployment.folder, deployment.agent_uid)
    deployment.agent = fd_store.ManagedProgram(deployment.agent, store)
    try:
        deployment.start()
        store.catch_up()
        require(store.has_said("READY"), "the agent did not say that it is ready")
        require(store.names() == ["audit", "connector"], "kept: %s" % store.names())
        book = deployment.path("home", "ledger")
        storm(deployment, book)
        entries = ledger.read(book)
        trail = complete_trail(deployment, entries[-1])
        check_trail(trail, entries)
        check_seat(deployment, status)
        lost = status()["lost"] - lost_before
        require(lost == 0, "the kernel lost %d records" % lost)
        deployment.agent.stop()
        store.catch_up()
        require(store.has_said("STOPPING"), "the agent did not say that it stops")
        wait_until("the store to be empty", lambda: not store.names())
        recovered = deployment.agent.log(whole=True).count("were not lost")
        print("%d commands through %d reloads and %d kill -9, %d of which left records unspooled; "
              "no loss" % (COUNT, RELOADS, KILLS, recovered))
    finally:
        if deployment.agent.runs:
            deployment.agent.kill()
        store.close()


if __name__ == "__main__":
    harness.run_test(test)
