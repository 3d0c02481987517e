#!/usr/bin/env python3
"""5,000 commands of one session, each once in the trail, in order, byte for byte, with its end."""
import os

import harness
import ledger
from harness import require, wait_until

COUNT = int(os.environ.get("SPOOR_LOAD_COUNT", "5000"))
SEED = os.environ.get("SPOOR_LOAD_SEED", "1")


def test(deployment):
    lost_before = deployment_lost()
    deployment.start()
    book = deployment.path("home", "ledger")
    load = deployment.session(os.path.join(deployment.bin, "spoor-test-load"), "--ledger", book,
                              "--count", str(COUNT), "--seed", SEED, "--big", pty=False)
    require(load.wait() == 0, "the load ended with %s" % load.returncode)

    def complete():
        session = deployment.our_session()
        return session and session["commands"] > COUNT and session["commands_running"] == 0 \
            and session
    session = wait_until("%d commands in the trail" % COUNT, complete, every_s=0.2)
    trail = deployment.trail(session["name"])
    entries = ledger.read(book)
    require(len(entries) == COUNT, "the ledger has %d lines" % len(entries))

    found = ledger.match(entries, trail)
    missing = [entry.n for entry in entries if entry.n not in found]
    require(not missing, "%d commands are missing, first %s" % (len(missing), missing[:5]))
    wrong = ledger.wrong_ends(entries, found)
    require(not wrong, "%d ends are wrong: %s" % (len(wrong), "; ".join(wrong[:5])))
    require(not trail.losses, "there are losses: %s" % trail.losses)
    lost = deployment_lost() - lost_before
    require(lost == 0, "the kernel lost %d records" % lost)

    loads = [c for c in trail.commands if harness.bytes_of(c["exe"]).endswith(b"/spoor-test-load")]
    require(len(loads) == 1 and harness.end_of(loads[0]) == "exit=0", "the load: %s" % loads)
    for command in found.values():
        require(command["parent"] == loads[0]["number"], "not the load's child: %s" % command)
        require(not command["incomplete"], "incomplete: %s" % command["incomplete"])
        require(int(command["ended_ns"]) >= int(command["started_ns"]) > 0, "times: %s" % command)
        require(command["cwd"] == deployment.path("home"), "folder: %s" % command["cwd"])

    people = deployment.cli("trail", session["name"])
    require(people.returncode == 0, "spoor trail: %s" % people.stderr)
    require(b"\x1b[31m" not in people.stdout, "an argument can paint the terminal")
    print("%d commands, %d bytes of arguments" % (
        COUNT, sum(len(arg) for entry in entries for arg in entry.args)))


def deployment_lost():
    return harness.kernel_audit.KernelAudit().status()["lost"]


if __name__ == "__main__":
    harness.run_test(test)
