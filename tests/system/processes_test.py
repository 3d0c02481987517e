#!/usr/bin/env python3
"""Processes that are hard to keep apart: a pid used again at once, vfork and posix_spawn, orphans,
threads that execute or outlive the main one, exec without fork, scripts, signals, and a burst. Each
command of the load's own ledger is in the trail, with the command that it truly came from, how deep
it lies, and how it ended."""
import json
import os
import subprocess

import harness
from harness import require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID

REUSE = int(os.environ.get("SPOOR_PROCESSES_REUSE", "1000"))
BURST = int(os.environ.get("SPOOR_PROCESSES_BURST", "3000"))
# Of a thousand commands the end of one may be unseen.
ENDS_MIN = 0.999


def run_load(deployment, book):
    """As root, who may choose pids, under the demo user's login uid."""
    load = subprocess.run(
        [os.path.join(deployment.bin, "spoor-test-session"), "--login-uid", str(LOGIN_UID),
         "--uid", "0", "--gid", "0", "--cwd", deployment.path("home"), "--",
         os.path.join(deployment.bin, "spoor-test-processes"), "--ledger", book,
         "--reuse", str(REUSE), "--burst", str(BURST)],
        stdin=subprocess.DEVNULL, cwd="/", capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": deployment.path("home"), "USER": LOGIN_NAME})
    require(load.returncode == 0, "the load ended with %d: %s" % (load.returncode, load.stderr))


def name_of(command):
    return harness.bytes_of(command["args"][-1]).decode() if command["args"] else ""


def test(deployment):
    deployment.start()
    book = deployment.path("home", "processes")
    run_load(deployment, book)
    with open(book) as file:
        entries = [json.loads(line) for line in file]

    def complete():
        session = deployment.our_session()
        return session and session["commands"] > len(entries) \
            and session["commands_running"] == 0 and session
    try:
        session = wait_until("%d commands in the trail" % len(entries), complete, every_s=0.2)
    except harness.Failure as failure:
        session = deployment.our_session()
        losses = session and deployment.trail(session["name"]).losses
        raise harness.Failure("%s: %s; losses: %s" % (failure, session and {
            key: session[key] for key in
            ("commands", "commands_running", "commands_end_unseen")}, losses)) from failure
    trail = deployment.trail(session["name"])
    require(not trail.losses, "there are losses: %s" % trail.losses)

    named = {name_of(c): c for c in trail.commands}
    loads = [c for c in trail.commands
             if harness.bytes_of(c["exe"]).endswith(b"/spoor-test-processes")
             and harness.bytes_of(c["args"][1]) == b"--ledger"]
    require(len(loads) == 1, "the load: %s" % loads)
    numbers = {name: command["number"] for name, command in named.items()}
    numbers["load"] = loads[0]["number"]

    wrong, ends = [], 0
    for entry in entries:
        command = named.get(entry["name"])
        if command is None:
            wrong.append("%s is missing" % entry)
            continue
        if command["parent"] != numbers[entry["parent"]]:
            wrong.append("%s has parent %s, not %s" % (
                entry, command["parent"], numbers[entry["parent"]]))
        ends += not entry["end"] or harness.end_of(command) == entry["end"]
    require(not wrong, "%d of %d: %s" % (len(wrong), len(entries), "; ".join(wrong[:5])))
    print("%d commands, every parent right, %d ends known" % (len(entries), ends))
    require(ends >= ENDS_MIN * len(entries), "only %d of %d ends" % (ends, len(entries)))


if __name__ == "__main__":
    harness.run_test(test)
