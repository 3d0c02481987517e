#!/usr/bin/env python3
"""The same load, with kill -9 of each program and a SIGHUP in its middle: what was committed is
there once, what was not is sent again, and what nobody could see is a Loss with its count."""
import os
import signal

import harness
import ledger
from harness import require, wait_until

COUNT = int(os.environ.get("SPOOR_LOAD_COUNT", "5000"))
SEED = os.environ.get("SPOOR_LOAD_SEED", "2")
# Serials around the hole that are in no trail: what the kernel says of its settings as an agent
# takes its seat.
FOREIGN_SERIALS_MAX = 16


def point(part):
    return COUNT * part // 100


class Load:
    """A load that stops at the given commands until it is let go. `big`: some of its commands have
    arguments of many kilobytes."""

    def __init__(self, deployment, points, big=True):
        self.book, self.fifo = deployment.path("home", "ledger"), deployment.path("hold")
        for n in points:
            os.mkfifo("%s.%d" % (self.fifo, n), 0o644)
        self.process = deployment.session(
            os.path.join(deployment.bin, "spoor-test-load"), "--ledger", self.book,
            "--count", str(COUNT), "--seed", SEED, *["--big"] * big, "--hold", self.fifo,
            "--hold-at", ",".join(map(str, points)), pty=False)

    def hold(self, n):
        """Waits until the load stands before command n; closing what this gives lets it go."""
        path = "%s.%d" % (self.fifo, n)

        def opened():
            require(self.process.poll() is None, "the load ended early")
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None
        return wait_until("command %d" % n, opened)


def with_faults(deployment, load, points):
    kill_uplink, start_uplink, kill_collector, start_collector, reload, kill_agent, start_agent = \
        points
    gate = load.hold(kill_uplink)
    os.close(gate)
    deployment.uplink.kill()
    gate = load.hold(start_uplink)
    deployment.uplink.start()
    os.close(gate)

    gate = load.hold(kill_collector)
    os.close(gate)
    deployment.collector.kill()
    gate = load.hold(start_collector)
    deployment.start_collector()
    os.close(gate)

    gate = load.hold(reload)
    said = len(deployment.agent.log())
    os.close(gate)
    os.kill(deployment.agent.pid, signal.SIGHUP)
    deployment.agent.wait_for("capturing", after=said)

    # What the collector has by now must stay; so the hole begins with this command or later.
    gate = load.hold(kill_agent)
    complete_trail(deployment, ledger.read(load.book)[-1])
    os.close(gate)
    wait_until("more commands", lambda: ledger.lines(load.book) > kill_agent + 50, every_s=0)
    deployment.agent.kill()
    # The load runs on while the agent starts: what it misses then must be counted, too.
    os.close(load.hold(start_agent))
    deployment.start_agent()
    require(load.process.wait() == 0, "the load ended with %s" % load.process.returncode)


def complete_trail(deployment, last, holes=0):
    """The trail, once these holes and the last command so far are in it, with its end."""
    def complete():
        session = deployment.our_session()
        if not session:
            return None
        trail = deployment.trail(session["name"])
        victims = trail.named(ledger.VICTIM)
        # That serials are missing is told a while after the command that showed it.
        if trail.lag["bytes_behind"] == 0 and len(trail.losses) >= holes and victims \
                and victims[-1]["pid"] == last.pid and harness.end_of(victims[-1]) == last.end:
            return trail
        return None
    return wait_until("the trail's end", complete, every_s=0.5)


def check_hole(entries, found, trail, down):
    """The one hole of the trail: where the agent was down, and counted."""
    missing = [entry for entry in entries if entry.n not in found]
    require(missing, "nothing was missed while no agent ran: the test tests nothing")
    first, last = missing[0].n, missing[-1].n
    require(len(missing) == last - first + 1, "more than one hole: %s" % [e.n for e in missing])
    require(down[0] <= first and last <= down[1],
            "commands %d to %d are missing, the agent was down from %d to %d" % (
                first, last, *down))

    require(len(trail.losses) == 1, "one hole, %d losses: %s" % (len(trail.losses), trail.losses))
    loss = trail.losses[0]["loss"]
    require(loss["cause"] == "CAUSE_AGENT_DOWN" and loss["scope"] == "SCOPE_KERNEL"
            and loss["unit"] == "serials" and loss["exact"], "the loss: %s" % loss)
    # The agent may have been back when the last of them dumped core.
    least = len(missing) + sum(entry.dumps_core for entry in missing[:-1])
    require(loss["count"] >= least, "%d serials are missing, the loss says %d" % (
        least, loss["count"]))

    # Classes are sealed apart, so that some serials in the loss's range may have been saved.
    seen = {c["serial"] for c in trail.commands if c["serial"]} | {
        e["event"]["kernel"]["serial"] for e in trail.events if "kernel" in e["event"]}
    span = range(loss["first"], loss["last"] + 1)
    unseen = sum(serial not in seen for serial in span)
    require(loss["count"] == unseen, "the loss says %d, but of %d..%d the trail lacks %d" % (
        loss["count"], span[0], span[-1], unseen))
    before = max(s for s in seen if s < loss["first"])
    after = min(s for s in seen if s > loss["last"])
    require(loss["first"] - before <= FOREIGN_SERIALS_MAX
            and after - loss["last"] <= FOREIGN_SERIALS_MAX,
            "the trail has nothing from %d to %d, the loss is %d to %d" % (
                before, after, span[0], span[-1]))
    places = [i for i, item in enumerate(trail.items) if "loss" in item]
    around = [i for i, item in enumerate(trail.items) if "command" in item
              and item["command"]["serial"] in (before, after)]
    require(not around or around[0] < places[0], "the loss stands before the hole")
    return missing, loss


def test(deployment):
    lost_before = harness.kernel_audit.KernelAudit().status()["lost"]
    points = [point(part) for part in (10, 22, 38, 50, 60, 75, 85)]
    deployment.start()
    load = Load(deployment, points)
    try:
        with_faults(deployment, load, points)
    finally:
        if load.process.poll() is None:
            load.process.kill()
    entries = ledger.read(load.book)
    trail = complete_trail(deployment, entries[-1], 1)
    found = ledger.match(entries, trail)
    missing, loss = check_hole(entries, found, trail, (points[5], COUNT))

    # What ran as the agent died has an end that nobody saw; no other.
    wrong = [w for w in ledger.wrong_ends(entries, found)
             if not (points[5] <= int(w.split(":")[0]) < missing[0].n and "END_UNKNOWN" in w)]
    require(not wrong, "%d ends are wrong: %s" % (len(wrong), "; ".join(wrong[:5])))
    lost = harness.kernel_audit.KernelAudit().status()["lost"] - lost_before
    require(lost == 0, "the kernel lost %d records" % lost)
    print("%d commands; %d missed while no agent ran, %d serials, all in one loss" % (
        COUNT, len(missing), loss["count"]))


if __name__ == "__main__":
    harness.run_test(test)
