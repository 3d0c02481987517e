#!/usr/bin/env python3
"""The collector's index is a view of its log: whatever becomes of it, by `kill -9`, by a disk, or
because somebody wants another one, the trail is the same, and is answered meanwhile.
"""
import os
import shutil
import subprocess

import harness
from harness import require, wait_until

LONG = 60_000  # bytes of an argument: the index keeps 8 KiB


def folders(deployment):
    return sorted(name for name in os.listdir(deployment.path("log", "index")) if name != "wanted")


def the_trail(deployment):
    """What is in it, but for how far the index was."""
    lines = deployment.trail(deployment.our_session()["name"]).items
    require(lines[-1]["lag"]["events_unread"] == 0, "not all was read: %s" % lines[-1])
    return lines[:-1]


def run_commands(deployment):
    script = "/bin/true %s; for i in 1 2 3 4 5; do /bin/true $i; done; /bin/false last" % (
        "x" * LONG)
    load = deployment.session("/bin/sh", "-c", script, pty=False)
    require(load.wait() == 1, "the commands ended with %s" % load.returncode)

    def complete():
        session = deployment.our_session()
        if not session or session["state"] != "STATE_CLOSED" or session["commands_running"] != 0:
            return None
        lines = the_trail(deployment)
        return lines if any(c["command"]["args"][-1:] == ["last"] for c in lines
                            if "command" in c) else None
    return wait_until("the trail", complete, every_s=0.2)


def is_the_same(deployment, trail):
    try:
        return deployment.our_session() and the_trail(deployment) == trail
    except harness.Failure:
        return False


def kill_and_start(deployment, between=lambda: None):
    deployment.collector.kill()
    between()
    deployment.collector.start("accepting")


def test(deployment):
    deployment.start()
    trail = run_commands(deployment)
    longest = max(len(argument) for line in trail if "command" in line
                  for argument in line["command"]["args"])
    require(longest >= LONG, "the longest argument has %d bytes" % longest)

    kill_and_start(deployment)
    wait_until("the trail behind a kill", lambda: is_the_same(deployment, trail))
    require(folders(deployment) == ["1"], folders(deployment))

    kill_and_start(deployment, lambda: shutil.rmtree(deployment.path("log", "index")))
    wait_until("the trail of an index that was removed", lambda: is_the_same(deployment, trail))

    def spoil():
        for name in ("index.db", "index.db-wal"):  # either has it whole
            with open(deployment.path("log", "index", "1", name), "wb") as file:
                file.write(b"x" * 9000)
    kill_and_start(deployment, spoil)
    wait_until("the trail of an index that was spoiled", lambda: is_the_same(deployment, trail))
    require(folders(deployment) == ["1.damaged", "2"], folders(deployment))

    done = subprocess.run([os.path.join(deployment.bin, "spoor-collector"), "reindex", "--index",
                           deployment.path("log", "index")], capture_output=True, text=True)
    require(done.returncode == 0 and "made anew" in done.stdout, done)
    while os.path.exists(deployment.path("log", "index", "wanted")):
        require(is_the_same(deployment, trail), "the trail while another index is made")
        wait_until("another index", lambda: True)
    require(is_the_same(deployment, trail), "the trail of another index")
    told = deployment.cli("events", "collector").stdout.decode()
    require("index reindex" in told, "nothing tells of it: %s" % told)
    require("3" in folders(deployment), folders(deployment))
    print("%d lines of a trail, the same by five indexes" % len(trail))


if __name__ == "__main__":
    harness.run_test(test)
