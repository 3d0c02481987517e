#!/usr/bin/env python3
"""Loss, injected in seven ways into the real kernel and the real agent: each time what the agent
says was lost is what was asked for, less what arrived. To the record, the event, the message."""
import collections
import itertools
import os
import re
import signal
import socket
import struct
import subprocess

import harness
import sockets
from harness import LOGIN_UID, require, wait_until
from kernel_audit import KernelAudit

TRUE = "/bin/true"
SYSCALL, EVENT_LISTENER = 1300, 1335
NUDGES = 2  # of an agent, once the kernel kept something from it
CN_IDX_PROC, PROC_CN_MCAST_LISTEN = 1, 1
FORK, EXIT = 1, 0x80000000
CAUSE_DISK_FULL, CAUSE_QUEUE_FULL = 2, 6  # of a tombstone, see common/frame/format.h
ROOM_FOR_ALL = 32 << 20
TRIES = 6  # of the kernel, before it gives up: five with what it kept, one with what is new


class Loops:
    """Login sessions that wait at a gate, and then run so many commands each."""
    numbers = itertools.count()

    def __init__(self, deployment, loops, count, first="", argument=""):
        self.count, self.loops = count, loops
        self.gates, self.processes = [], []
        for number in range(loops):
            gate = deployment.path("gate-%d" % next(self.numbers))
            os.mkfifo(gate)
            os.chmod(gate, 0o644)
            self.gates.append(gate)
            self.processes.append(deployment.session(
                "/bin/sh", "-c", '%s read go < %s; i=0; while [ $i -lt %d ]; do i=$((i+1)); '
                '%s "L%d-$i" %s; done' % (first, gate, count, TRUE, number, argument), pty=False))
        self.ends = [wait_until("a session at its gate", lambda g=g: self._open(g))
                     for g in self.gates]

    @staticmethod
    def _open(gate):
        try:
            return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    def run_first(self):
        """Before everything else on this machine, the kernel's own audit thread among it."""
        for process in self.processes:
            os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(1))

    def go(self):
        for end in self.ends:
            os.write(end, b"go\n")
            os.close(end)
        for process in self.processes:
            require(process.wait() == 0, "a session ended with %s" % process.returncode)


class Story:
    """What an agent has spooled."""

    def __init__(self, lines):
        self.lines = [line for line in lines if "event" in line]
        self.tombstones = [line for line in lines if line.get("kind") == "tombstone"]
        self.losses = [line["event"]["loss"] for line in self.lines if "loss" in line["event"]]
        self.states = [line["event"]["agent_state"] for line in self.lines
                       if "agent_state" in line["event"]]
        # Every event of the kernel's, with the types of its records.
        self.types = {}
        for line in self.lines:
            kernel = line["event"].get("kernel")
            if kernel:
                self.types.setdefault(kernel["serial"], []).extend(line["types"])
        self.commands = [line for line in self.lines if "command_started" in line["event"]
                         and SYSCALL in line["types"]]

    def lost(self, unit, scope=None):
        return sum(int(loss["count"]) for loss in self.losses
                   if loss["unit"] == unit and scope in (None, loss["scope"]))

    def serials_lost(self):
        return self.lost("serials") + sum(int(loss.get("serials", 0)) for loss in self.losses)

    def told_serials(self):
        """Of all ranges that losses name."""
        return {serial for loss in self.losses if int(loss.get("last", 0))
                for serial in range(int(loss["first"]), int(loss["last"]) + 1)}

    def torn(self, types):
        """Of these events, {serial: [types of records]}: how many records those lack that came in
        part. Each of them must say so."""
        lacking = {serial: len(all_of_it) - len(self.types[serial])
                   for serial, all_of_it in types.items()
                   if serial in self.types and len(self.types[serial]) < len(all_of_it)}
        say_so = {line["event"]["kernel"]["serial"] for line in self.lines
                  if line["event"].get("incomplete") and "kernel" in line["event"]}
        silent = [serial for serial in lacking if serial not in say_so]
        require(not silent, "events lack records and do not say so: %s" % silent)
        return sum(lacking.values())


def record_of(payload):
    """(serial, login uid or None) of a record's text."""
    found = re.match(rb"audit\(\d+\.\d+:(\d+)\)", payload)
    uid = re.search(rb" auid=(\d+) ", payload[:400])
    return int(found.group(1)), int(uid.group(1)) if uid else None


class Reference:
    """All records that the kernel queued, in order, by a listener with room for all; of which are
    kept only serials and types. Ours are those whose event names our login uid."""

    def __init__(self, kernel):
        self.kernel, self.reader = kernel, sockets.AuditListener()

    def begin(self, audit):
        """Until the agent, whose socket this is, has read that we came: an event of several records
        that is not to be among what is lost."""
        self.reader.catch_up(self.kernel)
        wait_until("the agent to have read all", lambda: sockets.waiting(audit) == 0)

    def agent_begins(self, run):
        """From now on its nudges count (what_was_kept): the agent is about to read again."""
        self.nudged_before = self._nudges(run)

    def what_was_kept(self, run, audit):
        """Until the agent has what the kernel kept for another try: that comes only with something
        new, and the agent sees to that (agent/kernel_care.h). It is tried before what is new, as
        much of it as the socket takes."""
        wait_until("the agent to nudge the kernel",
                   lambda: self._nudges(run) >= self.nudged_before + NUDGES)
        for _ in range(TRIES):
            self.reader.catch_up(self.kernel)
            wait_until("the agent to have read all", lambda: sockets.waiting(audit) == 0)

    def _nudges(self, run):
        """It begins to listen and ends, which are two records."""
        return sum(kind == EVENT_LISTENER and b"pid=%d " % run.pid in payload
                   for kind, payload in self.reader.messages) // 2

    def close(self):
        self.reader.catch_up(self.kernel)
        self.reader.close()
        parsed = [(kind, *record_of(payload)) for kind, payload in self.reader.messages]
        self.reader.messages = []
        ours = {serial for _, serial, uid in parsed if uid == LOGIN_UID}
        self.stream = [(serial, kind, serial in ours) for kind, serial, _ in parsed]
        self.types = {}
        for serial, kind, is_ours in self.stream:
            if is_ours:
                self.types.setdefault(serial, []).append(kind)


class Run:
    """One agent for one way of losing, with a spool and a state of its own."""

    def __init__(self, deployment, name, prepare=None, **values):
        self.deployment = deployment
        self.spool = deployment.with_own_spool(name, **values)
        if prepare:
            prepare(self.spool)
        deployment.start_agent()
        self.pid = deployment.agent.pid

    def story(self):
        return Story(self.deployment.spooled(self.spool))

    def stop(self):
        self.deployment.agent.stop()
        self.deployment.clean_up_kernel()
        return self.story()

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def fragments(self):
        """(events, records) that were left out since they do not say whose they are: events that
        came in parts only, and the records of those and of late parts."""
        said = re.search(r"(\d+) records came alone .*\((\d+) events of which",
                         self.deployment.agent.log())
        return (int(said.group(2)), int(said.group(1))) if said else (0, 0)


def whole_event(run):
    """The types of one command's records, when nothing is lost."""
    run.deployment.session(TRUE, "calm", pty=False).wait()

    def seen():
        return next((line["types"] for line in run.story().commands), None)
    return wait_until("a command", seen)


def backlog(deployment):
    """A queue of 64 records, and loops that leave the kernel's audit thread no processor. Refused
    records have no serial: a command whose first record is refused leaves nothing but a count."""
    kernel = KernelAudit()
    run = Run(deployment, "backlog", kernel={"backlog_limit": 64, "backlog_wait_time_ms": 0})
    whole = whole_event(run)
    loops = Loops(deployment, 2 * os.cpu_count(), 250)
    wait_until("the shells", lambda: len(run.story().commands) == 1 + loops.loops)
    commands, lost = len(run.story().commands), kernel.status()["lost"]
    loops.run_first()
    loops.go()
    lost = kernel.status()["lost"] - lost
    require(lost, "nothing was lost: the test tests nothing")
    wait_until("%d records told as lost" % lost, lambda: run.story().lost("records") >= lost)
    story = run.stop()
    arrived = story.commands[commands:]
    missing = loops.loops * loops.count - len(arrived)
    parts = sum(len(whole) - len(line["types"]) for line in arrived)
    require(story.lost("records") == lost == missing + parts,
            "%d records told, %d counted by the kernel, %d commands and %d records missing" % (
                story.lost("records"), lost, missing, parts))
    require(story.serials_lost() == 0, "no serial is missing: %s" % story.losses)
    require(all(loss["cause"] == "CAUSE_BACKLOG" for loss in story.losses), story.losses)
    print("backlog: %d commands, and %d records of others, refused; said so" % (missing, parts))


def counts_all_drops():
    with open("/proc/cmdline") as file:
        return any(word in ("audit=1", "audit=on") for word in file.read().split())


def paused_reader(deployment):
    """Nobody reads: socket, queue and retry queue fill up, then the kernel refuses records, and
    gives others up that had their serial. Of these it counts those that the retry queue has no room
    for, and, booted without audit=1, none of those that it tried to deliver in vain."""
    kernel = KernelAudit()
    run = Run(deployment, "paused", kernel={"backlog_limit": 64, "backlog_wait_time_ms": 0})
    whole = whole_event(run)
    loops = Loops(deployment, 1, 150)
    wait_until("the shell", lambda: len(run.story().commands) == 2)
    lost = kernel.status()["lost"]
    reference = Reference(kernel)
    with sockets.netlink_socket(run.pid, sockets.NETLINK_AUDIT) as audit:
        reference.begin(audit)
        sockets.set_buffer(audit, 16 << 10)
        run.pause()
        loops.go()
        in_vain(kernel, audit)
        reference.agent_begins(run)
        run.go_on()
        reference.what_was_kept(run, audit)
    reference.close()
    wait_until("the losses", lambda: run.story().lost("records") == kernel.status()["lost"] - lost)
    lost = kernel.status()["lost"] - lost
    story = run.stop()
    require(lost, "nothing was lost: the test tests nothing")
    missing, others = missing_serials(run, story, reference)
    require(story.lost("records") == lost, "%d records told, %d counted by the kernel" % (
        story.lost("records"), lost))
    refused = loops.count - len(reference.types) + sum(
        len(whole) - len(types) for types in reference.types.values())
    story.torn(reference.types)
    given_up = others - run.fragments()[1] + sum(
        len(types) - len(story.types.get(serial, ())) for serial, types in reference.types.items())
    uncounted = refused + given_up - lost
    require(0 <= uncounted <= given_up and (uncounted == 0 or not counts_all_drops()),
            "%d records counted by the kernel; %d refused, %d given up" % (lost, refused, given_up))
    said_exact = all(loss.get("exact") for loss in story.losses if loss["unit"] == "records")
    require(said_exact == counts_all_drops(),
            "%d records were lost and not counted; said: %s" % (uncounted, story.losses))
    print("paused reader: %d records counted, %d refused and %d given up, of those %d whole "
          "events; %d uncounted by the kernel; said so" % (
              lost, refused, given_up, len(missing), uncounted))


def in_vain(kernel, audit):
    """Until the kernel has tried all it keeps for an agent that does not read, and given it up."""
    wait_until("the queue to be empty", lambda: kernel.status()["backlog"] == 0)
    for _ in range(2):
        tried = sockets.drops(audit)
        kernel.say("loss_test")  # something new: the kernel tries what it keeps
        wait_until("the kernel's tries", lambda: sockets.drops(audit) >= tried + TRIES)


def missing_serials(run, story, reference):
    """(our serials that are missing, how many of others). Each is told as lost, and no other."""
    told = story.told_serials()
    missing = [serial for serial in reference.types if serial not in story.types]
    untold = [serial for serial in missing if serial not in told]
    parts = run.fragments()[0]
    require(len(untold) == parts, "%s are missing and not told of; %d parts" % (untold, parts))
    missing = [serial for serial in missing if serial in told]
    # What we made the kernel write is an event of one record each, and as good a candidate.
    others = story.serials_lost() - len(missing)
    candidates = [serial for serial, _, ours in reference.stream if not ours and serial in told]
    require(0 <= others <= len(candidates) == len(set(candidates)),
            "%d serials told; %d of ours are missing, of others at most %d" % (
                story.serials_lost(), len(missing), len(candidates)))
    return missing, others


def given_up(deployment):
    """Nobody reads, and the kernel's queues have room for all: it refuses nothing, and loses all
    the same what it tried to deliver in vain. Only the serials tell, and they tell exactly."""
    kernel = KernelAudit()
    run = Run(deployment, "given-up", kernel={"backlog_wait_time_ms": 0})
    loops = Loops(deployment, 1, 150)
    wait_until("the shell", lambda: len(run.story().commands) == 1)
    lost = kernel.status()["lost"]
    reference = Reference(kernel)
    with sockets.netlink_socket(run.pid, sockets.NETLINK_AUDIT) as audit:
        reference.begin(audit)
        sockets.set_buffer(audit, 16 << 10)
        run.pause()
        loops.go()
        in_vain(kernel, audit)
        reference.agent_begins(run)
        run.go_on()
        reference.what_was_kept(run, audit)
    reference.close()
    story = run.stop()
    require(kernel.status()["lost"] == lost, "the kernel counted what it gave up")
    require(len(reference.types) == loops.count, "%d commands have serials" % len(reference.types))
    missing, others = missing_serials(run, story, reference)
    require(counts_all_drops() or missing, "nothing was lost: the test tests nothing")
    arrived = len(story.commands) - 1
    require(loops.count - arrived == len(missing) + run.fragments()[0],
            "%d of %d commands arrived, %d serials of theirs told" % (
                arrived, loops.count, len(missing)))
    require(all(loss.get("exact") and loss["unit"] == "serials" for loss in story.losses),
            story.losses)
    print("given up: %d of %d commands, %d serials of others, and %d records of events that came "
          "in part; none counted by the kernel, said so" % (
              len(missing), loops.count, others, story.torn(reference.types)))


def small_listener(deployment):
    """Beside another daemon, with a small buffer: the socket's own count is the loss, exactly."""
    daemon, kernel = sockets.Daemon(), KernelAudit()
    enabled = kernel.status()["enabled"]
    try:
        kernel.set(enabled=1)  # as that daemon would
        run = Run(deployment, "listener", rules={"beside_daemon": "true"})
        whole_event(run)
        loops = Loops(deployment, 1, 150)
        wait_until("the shell", lambda: len(run.story().commands) == 2)
        reference = Reference(kernel)
        audit = sockets.netlink_socket(run.pid, sockets.NETLINK_AUDIT)
        reference.begin(audit)
        before = sockets.drops(audit)
        sockets.set_buffer(audit, 64 << 10)
        run.pause()
        loops.go()
        reference.reader.catch_up(kernel)
        sockets.set_buffer(audit, ROOM_FOR_ALL)  # from here on nothing is lost
        dropped = sockets.drops(audit) - before
        sent = len(reference.reader.messages)
        run.go_on()
        reference.close()
        wait_until("the losses", lambda: run.story().lost("records"))
        story = run.stop()
        audit.close()
    finally:
        daemon.stop()
        kernel.set(enabled=enabled)
    # A buffer that is full refuses everything, so what it took is the beginning of what was sent.
    seen = {serial: list(types) for serial, types in story.types.items()}
    first = None
    for at, (serial, kind, ours) in enumerate(reference.stream[:sent]):
        if not ours:
            continue
        taken = seen.get(serial, [])
        if kind in taken:
            taken.remove(kind)
            require(first is None, "record %d came, %s did not" % (at, first))
        elif first is None:
            first = at
    require(first, "nothing was lost: the test tests nothing")
    # What the kernel counts meanwhile, it could not give to the other daemon.
    told = story.lost("records", "SCOPE_SOCKET")
    require(told == dropped == sent - first,
            "%d records told, %d counted by the socket, %d of %d missing" % (
                told, dropped, sent - first, sent))
    whole = [serial for serial in reference.types if serial not in story.types]
    told = sum(int(loss.get("serials", 0)) for loss in story.losses)
    require(story.told_serials() >= set(whole) and told >= len(whole) and not story.lost("serials"),
            "%d whole events are missing, %s" % (len(whole), story.losses))
    print("small listener: %d of %d records, among them %d whole events; said so" % (
        dropped, sent, len(whole)))


def connector_listener():
    """All messages of the process connector; without a filter, so more than an agent gets."""
    there = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, sockets.NETLINK_CONNECTOR)
    there.bind((0, CN_IDX_PROC))
    message = struct.pack("=IIIIHHI", CN_IDX_PROC, 1, 0, 0, 4, 0, PROC_CN_MCAST_LISTEN)
    there.send(struct.pack("=IHHII", 16 + len(message), 3, 0, 0, 0) + message)
    return sockets.Reader(there)


def passes(payload):
    """(what, pid) of what passes an agent's filter, fork and exit of a thread group's leader; else
    None."""
    what, a, b, c, d = struct.unpack_from("=IxxxxxxxxxxxxIIII", payload, 20)
    if what == FORK and c == d:
        return FORK, c
    return (EXIT, a) if what == EXIT and a == b else None


def filtered(messages):
    return list(filter(None, (passes(payload) for _, payload in messages)))


def connector_overflow(deployment):
    """Births and ends that find no room. The whole machine's processes come by this socket, so that
    the test's own ledger says where in the stream of all of them the loss begins."""
    run = Run(deployment, "connector")
    whole_event(run)
    loops = Loops(deployment, 1, 200)
    wait_until("the shell", lambda: len(run.story().commands) == 2)
    connector = sockets.netlink_socket(run.pid, sockets.NETLINK_CONNECTOR)
    before = sockets.drops(connector)
    reader = connector_listener()
    sockets.set_buffer(connector, 32 << 10)
    run.pause()
    loops.go()
    last_of_ours = (EXIT, loops.processes[0].pid)
    reader.until("the session's end", lambda _, payload: passes(payload) == last_of_ours)
    stream = filtered(reader.messages)
    sockets.set_buffer(connector, ROOM_FOR_ALL)  # from here on nothing is lost
    dropped = sockets.drops(connector) - before
    run.go_on()
    wait_until("the losses", lambda: run.story().lost("messages"))
    wait_until("the commands", lambda: len(run.story().commands) == 2 + loops.count)
    story = run.stop()
    reader.close()
    sent = len(filtered(reader.messages))  # others' went on until nothing was lost any more
    connector.close()
    require(story.lost("messages") == dropped, "%d messages told, %d counted by the socket" % (
        story.lost("messages"), dropped))
    # Ours, in the stream: which of our births are known?
    ours = [line["event"]["command_started"] for line in story.commands[2:]]
    known = {int(c["command"]["process"]["pid"]) for c in ours
             if int(c["command"]["process"].get("birth_ns", 0))}
    pids = {int(c["command"]["process"]["pid"]) for c in ours}
    births = [(at, pid) for at, (what, pid) in enumerate(stream) if what == FORK and pid in pids]
    last = max((at for at, pid in births if pid in known), default=-1)
    first = min((at for at, pid in births if pid not in known), default=None)
    require(first is not None and last >= 0, "nothing was lost: the test tests nothing")
    require(len(stream) - first <= dropped < sent - last,
            "%d lost; of %d to %d messages, %d are known to be lost and %d to have come" % (
                dropped, len(stream), sent, len(stream) - first, last + 1))
    print("connector: %d of %d messages; said so" % (dropped, len(stream)))


class Heavy:
    """Commands with an argument of 100 KB that no compression makes much smaller, of which more
    come than there is room for behind the audit socket."""

    def __init__(self, deployment, run, commands=150):
        self.run, self.kernel = run, KernelAudit()
        whole_event(run)
        noise = deployment.path("noise")
        with open(noise, "wb") as file:
            file.write(bytes(b for b in os.urandom(400_000) if b > 31 and b != 92)[:100_000])
        os.chmod(noise, 0o644)
        self.loops = Loops(deployment, 1, commands, "read -r noise < %s;" % noise, '"$noise"')
        # The first command, its end, and the shell.
        self.before = 3
        wait_until("the shell", lambda: len(run.story().commands) == 2 and
                   self._there(run.story()) == self.before)
        # Each command begins and ends; the shell ends, too.
        self.asked = 2 * self.loops.count + 1

    @staticmethod
    def _there(story):
        return sum(line["class"] == "command" for line in story.lines)

    @staticmethod
    def _kinds(story):
        """What is there, for whom a count that is wrong has to be explained."""
        kinds = collections.Counter()
        for line in story.lines:
            if line["class"] == "command":
                event = line["event"]
                kinds[", ".join(sorted(event.keys() - {"session", "id", "order", "time"}))] += 1
        return dict(kinds)

    def come(self):
        """All of it; the agent reads it, whatever becomes of it."""
        lost = self.kernel.status()["lost"]
        with sockets.netlink_socket(self.run.pid, sockets.NETLINK_AUDIT) as audit:
            refused = sockets.drops(audit)
            self.loops.go()
            wait_until("the socket to be drained", lambda: sockets.waiting(audit) == 0 and
                       self.kernel.status()["backlog"] == 0)
            require(sockets.drops(audit) == refused and self.kernel.status()["lost"] == lost,
                    "the kernel could not bring us everything")

    def check(self, cause):
        """Each event is there or told as lost, for this reason; of sessions, and of what the agent
        says of itself, none is."""
        def counted(story):
            return (self._there(story) - self.before,
                    sum(int(stone["events"]) for stone in story.tombstones
                        if stone["class"] == "command"))
        wait_until("all %d events, there or told as lost" % self.asked,
                   lambda: sum(counted(self.run.story())) >= self.asked)
        story = self.run.stop()
        there, gone = counted(story)
        require(gone and there + gone == self.asked, "%d events, %d there, %d told as lost: %s" % (
            self.asked, there, gone, self._kinds(story)))
        require(all(stone["cause"] == cause and stone["class"] == "command"
                    for stone in story.tombstones), story.tombstones)
        require(not story.losses, story.losses)
        return "%d of %d events" % (gone, self.asked)


def full_queue(deployment):
    """The disk stands still: what the queue cannot hold is gone, in whole frames, each event of it
    counted where the frames should be."""
    run = Run(deployment, "queue")
    heavy = Heavy(deployment, run, 500)
    with sockets.StoppedThread(run.pid, "spool"):
        heavy.come()
    print("full queue: %s; said so" % heavy.check(CAUSE_QUEUE_FULL))


def full_disk(deployment):
    """The disk is full for a while."""
    def small_disk(spool):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=750,uid=%d,gid=%d" % (
            deployment.agent_uid, deployment.agent_uid), "none", spool], check=True)
    run = Run(deployment, "disk", small_disk)
    heavy = Heavy(deployment, run)
    heavy.come()
    wait_until("the agent to say so", lambda: "tombstone" in deployment.agent.log())
    subprocess.run(["mount", "-o", "remount,size=64m", run.spool], check=True)
    print("full disk: %s; said so" % heavy.check(CAUSE_DISK_FULL))
    subprocess.run(["umount", run.spool], check=True)


def test(deployment):
    ways = (backlog, paused_reader, given_up, small_listener, connector_overflow, full_queue,
            full_disk)
    only = os.environ.get("SPOOR_LOSS_ONLY")  # one of them, while working on it
    for way in ways:
        if only in (None, way.__name__):
            way(deployment)


if __name__ == "__main__":
    harness.run_test(test)
