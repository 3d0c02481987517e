#!/usr/bin/env python3
"""A network that is cut under load, between two network namespaces, with TLS and a real enrolment:
once in both directions and for so short that the connection lives through it, once so that the
collector hears the uplink and the uplink not the collector, until it gives the connection up. What
went on meanwhile is in the log, once and in order."""
import os
import time

import delivery
import harness
import ledger
import over_network
from faults_test import Load, complete_trail, point
from harness import require, wait_until
from kernel_audit import KernelAudit
from restart_test import check_trail

SHARES = (20, 40, 60, 80)


def cut_both(network, load, points):
    """A part of the load runs while nothing passes."""
    gate = load.hold(points[0])
    network.cut()
    os.close(gate)
    return load.hold(points[1])


def cut_answers(deployment, network, load, points):
    """A part of the load runs, and is taken into the log; no commit comes back."""
    gate = load.hold(points[2])
    complete_trail(deployment, ledger.read(load.book)[-1])
    before = deployment.our_session()["commands"]
    network.cut_answers()
    said = len(deployment.uplink.log())
    os.close(gate)
    os.close(load.hold(points[3]))
    wait_until("the uplink to give the connection up",
               lambda: "trying again" in deployment.uplink.log()[said:], every_s=0.2)
    taken = deployment.our_session()["commands"] - before
    require(taken, "the collector took nothing whose commit could be lost: the test tests nothing")
    print("the collector took %d commands and could not say so" % taken)


def under_cuts(deployment, network, load, points):
    gate = cut_both(network, load, points)
    stood = delivery.committed(deployment)
    network.join()
    began = time.monotonic()
    wait_until("commits", lambda: delivery.committed(deployment)["command"] > stood["command"])
    print("commits came %.1f s after a cut in both directions" % (time.monotonic() - began))
    os.close(gate)

    began = time.monotonic()
    cut_answers(deployment, network, load, points)
    print("the uplink gave up a connection without answers after %.1f s" % (
        time.monotonic() - began))
    stood = delivery.committed(deployment)
    network.join_answers()
    began = time.monotonic()
    wait_until("commits", lambda: delivery.committed(deployment)["command"] > stood["command"])
    print("commits came %.1f s after that" % (time.monotonic() - began))
    require(load.process.wait() == 0, "the load ended with %s" % load.process.returncode)


def test(deployment):
    network = over_network.Network()
    authority = load = None
    try:
        authority = over_network.Authority(deployment, network)
        deployment.start_collector()
        authority.enroll()
        deployment.uplink.start()
        deployment.start_agent()
        kernel = KernelAudit()
        lost = kernel.status()["lost"]
        words = delivery.KernelWords(kernel)
        points = [point(share) for share in SHARES]
        # What TCP and HTTP/2 send without an answer, 64 KiB, has room for whole frames of these.
        load = Load(deployment, points, big=False)
        under_cuts(deployment, network, load, points)
        entries = ledger.read(load.book)
        check_trail(complete_trail(deployment, entries[-1]), entries)
        types, _ = delivery.check_nothing_lost(deployment, words, lost)
        print("%d commands, %d events of the kernel's, each once in the log" % (
            len(entries), len(types)))
    finally:
        if load and load.process.poll() is None:
            load.process.kill()
        if authority:
            authority.close()
        network.close()


if __name__ == "__main__":
    harness.run_test(test)
