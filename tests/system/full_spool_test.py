#!/usr/bin/env python3
"""The uplink is away for so long that the spool fills, and gives up what it must: what was touched
first, then commands, no login. When the uplink is back, the log has what was left, and each hole is
told: to the event, beside what the kernel told."""
import os

import delivery
import harness
import loss_test
from harness import LOGIN_UID, require, wait_until
from kernel_audit import KernelAudit

TOUCHED, COMMANDS, NOISE_BYTES = 300, 600, 100_000
EXECVE = 1309
TOUCH = 'i=0; while [ $i -lt %d ]; do i=$((i+1)); : > %s/file-$i; done'


def prepare(deployment):
    """A small spool, and a folder where every change is told."""
    watched, noise = deployment.path("watched"), deployment.path("noise")
    os.mkdir(watched)
    os.chown(watched, LOGIN_UID, LOGIN_UID)
    with open(deployment.path("rules", "20-watched.rules"), "w") as rules:
        rules.write("-a always,exit -F dir=%s -F perm=wa -k spoor-watched\n" % watched)
    with open(noise, "wb") as file:  # no compression makes it much smaller
        file.write(bytes(b for b in os.urandom(4 * NOISE_BYTES)
                         if b > 31 and b != 92)[:NOISE_BYTES])
    os.chmod(noise, 0o644)
    deployment.agent_values["spool"]["bytes_max"] = "64 MiB"  # the least there is
    deployment.write_config("agent", deployment.agent_values)
    return watched, noise


def touch(deployment, watched):
    shell = deployment.session("/bin/sh", "-c", TOUCH % (TOUCHED, watched), pty=False)
    require(shell.wait() == 0, "touching ended with %s" % shell.returncode)


def check_whole(log):
    """From 1 on, each sequence is an event or in one hole."""
    holes = log.hole_places()
    require(len(holes) == sum(int(hole["events"]) for hole in log.holes),
            "holes over one another, or of another size than they say: %s" % log.holes)
    require(not holes & log.events.keys(), "an event is there and told as lost")
    numbers = {}
    for name, epoch, sequence in list(holes) + list(log.events):
        numbers.setdefault((name, epoch), []).append(sequence)
    for of, there in numbers.items():
        require(sorted(there) == list(range(1, len(there) + 1)), "%s lacks sequences" % (of,))
    return {name: sum(of == name for of, _, _ in holes) for name in delivery.CLASSES}


def check_numbers(types, log, lost):
    """Beside what the kernel told: an event of each file touched, two of each command."""
    missing = [serial for serial in types if serial not in log.types]
    touched = sum(EXECVE not in types[serial] for serial in missing)
    require(lost["activity"] == touched, "%d files touched are missing, the holes say %d" % (
        touched, lost["activity"]))
    begun = sum(EXECVE in of for of in types.values())
    there = sum(name == "command" for name, _, _ in log.events)
    require(there + lost["command"] == 2 * begun, "%d programs were executed; %d events of class "
            "command are there, the holes say %d" % (begun, there, lost["command"]))
    require(lost["access"] == 0, "logins were given up: %s" % log.holes)
    present = {serial: of for serial, of in types.items() if serial in log.types}
    delivery.check_told(present, log)


def told_to_operators(deployment):
    """{class: events}, as a trail tells it of a collector that has all of it."""
    def told():
        told = dict.fromkeys(delivery.CLASSES, 0)
        trail = deployment.trail(deployment.sessions()[0]["name"])
        for loss in (item["loss"] for item in trail.losses):
            require(loss["scope"] == "SCOPE_SPOOL" and loss["cause"] == "CAUSE_SPOOL_FULL"
                    and loss["unit"] == "events" and loss["exact"], "the loss: %s" % loss)
            told[loss["stream_class"][len("CLASS_"):].lower()] += loss["count"]
        return told if trail.lag["bytes_behind"] == 0 else None
    return wait_until("a trail with its losses", told, every_s=0.5)


def test(deployment):
    watched, noise = prepare(deployment)
    kernel = KernelAudit()
    lost_before = kernel.status()["lost"]
    deployment.start()
    words = delivery.KernelWords(kernel)
    touch(deployment, watched)
    wait_until("commits", lambda: all(delivery.committed(deployment)[name] > (0, 0)
                                   for name in ("activity", "command")))
    deployment.uplink.kill()
    touch(deployment, watched)
    loops = loss_test.Loops(deployment, 1, COMMANDS, "read -r noise < %s;" % noise, '"$noise"')
    loops.go()
    types = words.close()
    require(kernel.status()["lost"] == lost_before, "the kernel lost records")
    wait_until("the agent to say that its spool is full",
               lambda: "SPOOL_FULL" in str(deployment.spooled(deployment.path("spool"))))
    deployment.uplink.start()
    losses = {}
    delivery.stop_when_delivered(deployment, lambda: losses.update(told_to_operators(deployment)))
    log = delivery.logged(deployment)
    lost = check_whole(log)
    check_numbers(types, log, lost)
    require(losses == lost, "operators are told of %s, the holes are %s" % (losses, lost))
    require(lost["activity"] and lost["command"], "too little was given up: %s" % lost)
    # What was touched goes first: while any of it was left, no command went.
    gone = max(sequence for name, _, sequence in log.hole_places() if name == "activity")
    left = [at for at in log.events if at[0] == "activity" and at[2] > gone]
    require(not left, "commands were given up before %s" % left[:3])
    print("%d events of the kernel's; given up and told: %s, in %d holes" % (
        len(types), ", ".join("%d of %s" % (lost[name], name) for name in delivery.CLASSES),
        len(log.holes)))


if __name__ == "__main__":
    harness.run_test(test)
