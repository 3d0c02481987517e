#!/usr/bin/env python3
"""5,000 commands of one session, each once in the trail, in order, byte for byte, with its end; and
found by queries as the trail has them."""
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

    compare_with_search(deployment, session["name"], trail)
    people = deployment.cli("trail", session["name"])
    require(people.returncode == 0, "spoor trail: %s" % people.stderr)
    require(b"\x1b[31m" not in people.stdout, "an argument can paint the terminal")
    print("%d commands, %d bytes of arguments" % (
        COUNT, sum(len(arg) for entry in entries for arg in entry.args)))


def compare_with_search(deployment, name, trail):
    def found(query):
        lines = deployment.json_lines("search", "session:%s kind:command %s" % (name, query),
                                      "--all")
        head = lines.pop()["head"]
        require(head["unsure"] == 0 and head["lag"]["events_unread"] == 0, "lacks: %s" % head)
        require(all("command" in line for line in lines), "an end without its start")
        times = [int(line["time_ns"]) for line in lines]
        require(times == sorted(times, reverse=True), "not the newest first")
        return {line["command"]["event_id"]: line["command"] for line in lines}

    everything = found("")
    require(sorted(everything) == sorted(c["event_id"] for c in trail.commands),
            "%d commands found, %d in the trail" % (len(everything), len(trail.commands)))
    for command in trail.commands:
        other = everything[command["event_id"]]
        replaced = command["end"] == "END_REPLACED"
        require(other["args"] == command["args"], "arguments: %s" % other)
        require(other["end"] == ("END_UNKNOWN" if replaced else command["end"]), "end: %s" % other)
        require(replaced or other["ended_ns"] == command["ended_ns"], "end: %s" % other)
    for query, wanted in (
            ("exit:!=0", lambda c: c["exit_code"] != 0),
            ("exit:0", lambda c: c["end"] == "END_EXITED" and c["exit_code"] == 0),
            ("signal:>0", lambda c: c["signal"])):
        ids = sorted(c["event_id"] for c in trail.commands if wanted(c))
        require(sorted(found(query)) == ids, "%s finds others than the trail" % query)
    spans = deployment.json_lines("histogram", "session:%s kind:command since:1d" % name)
    counted = sum(int(span["count"]) for span in spans[:-1])
    require(counted == len(everything), "a histogram of %d" % counted)
    wrong = deployment.cli("search", "a exti:1")
    require(wrong.returncode == 2 and b"\n  a exti:1\n    ^\n" in wrong.stderr, wrong.stderr)


def deployment_lost():
    return harness.kernel_audit.KernelAudit().status()["lost"]


if __name__ == "__main__":
    harness.run_test(test)
