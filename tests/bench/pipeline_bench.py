"""latency.*, pipeline.*, uplink.*, idle.* and wire.*: the real chain on one machine, kernel to
agent to spool to uplink to a collector behind mutual TLS, all enrolled as in earnest.

Latency is from the kernel's own time of an event, which ticks every 4 ms and is late by that much
at most, to the end of the fdatasync behind which the collector's log has it. A library that is
preloaded into the collector says when those were (sync_watch.cc); the log says which frames they
covered, and the spool which events are in those.
"""
import bisect
import collections
import glob
import os
import re
import shutil
import statistics
import struct
import subprocess
import time

import harness
import kernel_audit
import live_bench
import private_space
from delivery_bench import Collector
from figures import Figure
from harness import require, wait_until
from private_space import LOGIN_UID

FAST_RATE, FAST_COUNT, ROUNDS = 1_000, 20_000, 3
SLOW_COUNT = 40
IDLE_S, FOREIGN_FORKS = 60, 20
WIRE = ((1, 30), (10, 100), (1_000, 20_000))  # rate, count
CLASSES = {1: "access", 2: "command", 3: "activity", 4: "input"}
ENTRY_HEAD = struct.Struct("<4sIII QQq 16s Q 16s Q 32s BB6x")


class Chain:
    """Agent, uplink and collector, running, and the collector watched."""

    def __init__(self, space, binaries):
        self.folder = os.path.join(space.path, "chain")
        os.mkdir(self.folder, 0o755)
        self.collector = Collector(binaries)
        self.collector.set_up()
        self.collector.watch_syncs()
        self.collector.start()
        self.hosts = harness.Deployment(self.folder, binaries)
        shutil.copy2(os.path.join(binaries, "spoor-bench-execs"), self.hosts.bin)
        self.enrol()

    def enrol(self):
        hosts, collector = self.hosts, self.collector
        token = collector.run("spoor-collector", "token", "create", "--ca-folder",
                              collector.path("ca"), "--name", "*").strip()
        fingerprint = subprocess.run(
            ["openssl", "x509", "-in", collector.root, "-noout", "-fingerprint", "-sha256"],
            capture_output=True, text=True, check=True).stdout.split("=")[1]
        trust, key = hosts.path("etc", "trust"), hosts.path("etc", "checkpoint.pem")
        hosts.agent_values.update({"trust_file": trust, "checkpoint_key": key})
        hosts.write_config("agent", hosts.agent_values)
        hosts.write_config("uplink", {
            "host": "web1", "machine_id_file": hosts.machine_id, "log_level": "info",
            "spool": {"folder": hosts.path("spool")}, "commit": {"folder": hosts.path("commit")},
            "state": {"folder": hosts.path("uplink-state")}})
        done = subprocess.run(
            [os.path.join(hosts.bin, "spoor-uplink"), "--config", hosts.config("uplink"), "enroll",
             "--collector", "127.0.0.1:%d" % collector.port, "--token", token, "--ca-fingerprint",
             "sha256:" + fingerprint.strip().replace(":", "").lower(), "--user",
             str(hosts.uplink_uid), "--agent-user", str(hosts.agent_uid), "--trust-file", trust,
             "--checkpoint-key", key], capture_output=True, text=True)
        require(done.returncode == 0, "enroll: " + done.stdout + done.stderr)

    def start(self):
        self.hosts.uplink.start()
        self.hosts.start_agent()

    def execs(self, rate, count, *program):
        """Paced commands in one session."""
        session = self.hosts.session(os.path.join(self.hosts.bin, "spoor-bench-execs"), str(rate),
                                     str(count), *program, pty=False)
        require(session.wait() == 0, "the load ended with %d" % session.returncode)

    def logins(self, count):
        """One session a second, each with a command: what `access` is made of."""
        for _ in range(count):
            started = time.monotonic()
            self.hosts.session("/bin/true", pty=False).wait()
            time.sleep(max(0, 1 - (time.monotonic() - started)))

    def entries(self):
        """(class, epoch, last sequence, inode, end of the entry) of all of the log."""
        for path in glob.glob(self.collector.path("log", "*", "*.log")):
            inode = os.stat(path).st_ino
            with open(path, "rb") as file:
                data = file.read()
            at = 0
            while at + ENTRY_HEAD.size <= len(data):
                head = ENTRY_HEAD.unpack_from(data, at)
                require(head[0] == b"SPE1", "no entry where one should be, in " + path)
                name = data[at + ENTRY_HEAD.size:at + ENTRY_HEAD.size + head[13]]
                at += ENTRY_HEAD.size + head[13] + head[1]
                if name != b"collector":
                    yield CLASSES[head[12]], head[8], head[10], inode, at

    def latencies(self, since_ns, wanted):
        """Milliseconds from event to disk, of the events for which `wanted` is true."""
        synced = collections.defaultdict(list)
        with open(self.collector.syncs) as file:
            for line in file:
                inode, size, at = map(int, line.split())
                synced[inode].append((size, at))
        ends = collections.defaultdict(list)
        for kind, epoch, sequence, inode, end in self.entries():
            ends[kind, epoch].append((sequence, inode, end))
        for each in ends.values():
            each.sort()
        found = []
        for line in self.hosts.spooled(self.hosts.path("spool")):
            event = line.get("event")
            if not event or int(event.get("time_ns", 0)) < since_ns or not wanted(line):
                continue
            frames = ends[line["class"], int(line["epoch"])]
            at = bisect.bisect_left(frames, (int(line["sequence"]), 0, 0))
            require(at < len(frames), "an event is not in the log: %s" % line)
            _, inode, end = frames[at]
            sync = bisect.bisect_left(synced[inode], (end, 0))
            require(sync < len(synced[inode]), "an entry was never synced")
            found.append((synced[inode][sync][1] - int(event["time_ns"])) / 1e6)
        require(found, "no event of that kind")
        return sorted(found)

    def settle(self):
        """Until all that was spooled is committed."""
        time.sleep(2)

    def stop(self):
        for program in (self.hosts.agent, self.hosts.uplink):
            if program.runs:
                program.stop()
        self.hosts.clean_up_kernel()

    def close(self):
        try:
            self.stop()
        finally:
            self.collector.close()


def percentile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def is_command(line):
    return "command_started" in line["event"]


def cpu(chain):
    return sum(live_bench.cpu_seconds(program.pid)
               for program in (chain.hosts.agent, chain.hosts.uplink))


def sent_bytes(chain):
    """What the uplink's connections have sent, as ss(8) counts it."""
    said = subprocess.run(["ss", "-tinpH", "dport", "= :%d" % chain.collector.port],
                          capture_output=True, text=True).stdout
    return sum(int(number) for number in re.findall(r"bytes_sent:(\d+)", said))


def events_since(chain, since_ns):
    return sum(1 for line in chain.hosts.spooled(chain.hosts.path("spool"))
               if int(line.get("event", {}).get("time_ns", 0)) >= since_ns)


def latency(chain):
    def run(load, wanted):
        since_ns = time.time_ns() - 10_000_000
        load()
        chain.settle()
        return chain.latencies(since_ns, wanted)
    fast = run(lambda: chain.execs(FAST_RATE, FAST_COUNT), is_command)
    slow = run(lambda: chain.execs(1, SLOW_COUNT), is_command)
    chain.logins(1)
    opened = run(lambda: chain.logins(SLOW_COUNT), lambda line: "session_opened" in line["event"])
    for name, values in (("1,000/s", fast), ("1/s", slow), ("a session begins", opened)):
        print("latency: %s: %d events, p50 %.1f ms, p99 %.1f ms, most %.1f ms" % (
            name, len(values), percentile(values, .5), percentile(values, .99), values[-1]),
            flush=True)
    return [Figure("latency.p50_ms", percentile(fast, .5), "ms", ("<=", 40)),
            Figure("latency.p99_ms", percentile(fast, .99), "ms", ("<=", 90)),
            Figure("latency.slow_p99_ms", percentile(slow, .99), "ms", ("<=", 400)),
            Figure("latency.access_p99_ms", percentile(opened, .99), "ms", ("<=", 120))]


def wire(chain):
    found = []
    for rate, count in WIRE:
        chain.settle()
        since_ns, before = time.time_ns(), sent_bytes(chain)
        chain.execs(rate, count)
        chain.settle()
        each = (sent_bytes(chain) - before) / events_since(chain, since_ns)
        found.append(Figure("wire.bytes_per_event_%d" % rate, each, "bytes"))
    return found


def idle(chain):
    """A minute in which others fork, and nothing is recorded of it."""
    before, started = cpu(chain), time.monotonic()
    subprocess.run([os.path.join(chain.hosts.bin, "spoor-bench-execs"), str(FOREIGN_FORKS),
                    str(FOREIGN_FORKS * IDLE_S)], check=True, stdout=subprocess.DEVNULL)
    share = (cpu(chain) - before) / (time.monotonic() - started)
    return [Figure("idle.core_share", share * 100, "%", ("<=", 0.2))]


def storm(chain, live):
    """CPU of agent and uplink for one storm of commands, all of it shipped, a command."""
    before = cpu(chain)
    lost = live.kernel.status()["lost"]
    live.run_load()
    time.sleep(live_bench.SETTLE_S)
    require(live.kernel.status()["lost"] == lost, "the kernel lost records")
    return (cpu(chain) - before) / live_bench.COMMANDS * 1e6


def beside_auditd(chain, live):
    """In turns, since the kernel has one seat."""
    seen = {"ours": [], "raw": []}
    for number in range(ROUNDS):
        chain.start()
        seen["ours"].append(storm(chain, live))
        chain.stop()
        seen["raw"].append(live.auditd("RAW").us_per_exec)
        print("pipeline: round %d: %.1f µs a command, auditd %.1f" % (
            number + 1, seen["ours"][-1], seen["raw"][-1]), flush=True)
    ours, raw = (statistics.median(seen[name]) for name in ("ours", "raw"))
    auditd = "auditd " + live.peers.version("auditd") + " raw"
    return [Figure("pipeline.us_per_exec", ours, "µs", None, auditd, raw),
            Figure("pipeline.cpu_vs_auditd_raw", ours / raw, "of it", ("<=", 0.40), auditd, 1)]


def run(binaries, peers, _folder):
    turn, missing = harness.may_capture()
    if missing:
        print("pipeline: left out; missing: " + missing)
        return []
    private_space.enter()
    space, chain = harness.Space(), None
    try:
        chain = Chain(space, binaries)
        chain.start()
        kernel_audit.KernelAudit().set(backlog_limit=live_bench.BACKLOG)
        found = latency(chain)
        found += wire(chain)
        found.append(Figure("uplink.rss_mb", live_bench.status_mb(chain.hosts.uplink.pid, "VmRSS"),
                            "MiB", ("<=", 20)))
        found += idle(chain)
        chain.stop()
        found += beside_auditd(chain, live_bench.Live(space, binaries, peers))
    finally:
        if chain:
            chain.close()
        space.close()
        turn.close()
    return found
