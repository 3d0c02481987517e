"""ingest.* and fleet.*: a real spoor-collector behind mutual TLS, its CA as a program of its own,
and agents without hosts (agents.cc) whose identities are real enrolments. Generator and collector
share the machine's processors. Frames hold events of the recordings in tests/golden/records.
"""
import glob
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import harness
from figures import Figure
from harness import SOURCE, require, wait_until

CA_UID, COLLECTOR_UID = 64196, 64195
RECORDINGS = os.path.join(SOURCE, "tests", "golden", "records")
AGENTS, ROUNDS = 16, 3
# name: (frames, events each). Longer than a few groups of the writer's, shorter than memory.
LOADS = {"large": (30_000, 300), "small": (150_000, 10)}
CONNECTIONS_MAX = 20_000
# Agents and seconds: SPOOR_BENCH_FLEET=1000,60 is a short form.
FLEET = os.environ.get("SPOOR_BENCH_FLEET", "10000,600")
UNAVAILABLE = "8"  # Refuse.CODE_UNAVAILABLE: come back


def cpu_seconds(pid):
    """User and system time of all threads, those that have ended included."""
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status_mb(pid, name):
    with open("/proc/%d/status" % pid) as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":")) / 1024


class Collector:
    """A collector with its CA in a folder of its own."""

    def __init__(self, binaries):
        self.folder = tempfile.mkdtemp(prefix="spoor-bench-")
        os.chmod(self.folder, 0o755)
        for name in ("spoor-collector", "spoor-collector-ca"):
            shutil.copy2(os.path.join(binaries, name), self.folder)
        self.generator = os.path.join(binaries, "spoor-bench-agents")
        self.root = self.path("tls", "authorities.pem")
        self.identities = self.path("identities")
        self.started, self.process, self.port = [], None, None
        self.environment, self.syncs = {}, None
        for name, uid in (("log", COLLECTOR_UID), ("run", COLLECTOR_UID), ("ca-run", CA_UID)):
            os.mkdir(self.path(name), 0o755)
            os.chown(self.path(name), uid, uid)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run(self, name, *arguments):
        done = subprocess.run([self.path(name), *arguments], capture_output=True, text=True)
        require(done.returncode == 0, "%s %s: %s" % (name, arguments, done.stderr + done.stdout))
        return done.stdout

    def begin(self, name, uid, *arguments):
        with open(self.path(name + ".log"), "ab") as said:
            process = subprocess.Popen(
                ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid, "--clear-groups",
                 "--pdeathsig=KILL", "--", self.path(name), *arguments], stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, cwd="/", preexec_fn=allow_connections,
                env={**os.environ, **self.environment})
        self.started.append(process)
        return process

    def said(self):
        with open(self.path("spoor-collector.log"), errors="replace") as log:
            return log.read()

    def set_up(self):
        self.run("spoor-collector", "init", "--name", "127.0.0.1", "--ca-folder", self.path("ca"),
                 "--tls-folder", self.path("tls"), "--root-key", self.path("root.key"), "--ca-user",
                 str(CA_UID), "--collector-user", str(COLLECTOR_UID))
        self.begin("spoor-collector-ca", CA_UID, "--folder", self.path("ca"), "--socket",
                   self.path("ca-run", "ca.sock"), "--peer", str(COLLECTOR_UID))
        self.port = free_port()
        with open(self.path("collector.yml"), "w") as config:
            config.write(harness.yaml_of({
                "log_level": "warning", "log": {"folder": self.path("log"), "ballast": "1 MiB"},
                "uplink": {"socket": self.path("run", "uplink.sock"),
                           "listen": "127.0.0.1:%d" % self.port,
                           "certificate": self.path("tls", "server.pem"),
                           "key": self.path("tls", "server.key"), "authorities": self.root},
                "query": {"socket": self.path("run", "query.sock")},
                "identity": {"authority": self.path("ca-run", "ca.sock")}}))

    def start(self):
        self.process = self.begin("spoor-collector", COLLECTOR_UID, "--config",
                                  self.path("collector.yml"))
        wait_until("the collector to listen", lambda: listens(self.port) or self.has_ended())

    def watch_syncs(self):
        """From the next start on each fdatasync leaves a line (sync_watch.cc)."""
        library = shutil.copy2(os.path.join(os.path.dirname(self.generator),
                                            "spoor-bench-syncs.so"), self.folder)
        self.syncs = self.path("syncs")
        open(self.syncs, "w").close()
        os.chown(self.syncs, COLLECTOR_UID, COLLECTOR_UID)
        self.environment = {"LD_PRELOAD": library, "SPOOR_SYNC_WATCH": self.syncs}

    def sync_count(self):
        with open(self.syncs) as file:
            return sum(1 for _ in file)

    def has_ended(self):
        require(self.process.poll() is None, "the collector ended:\n" + self.said())

    def enrol(self, count):
        token = self.run("spoor-collector", "token", "create", "--ca-folder", self.path("ca"),
                         "--name", "bench*", "--uses", str(count)).strip()
        before = time.monotonic()
        self.generate("enrol", token, self.identities, str(count))
        return time.monotonic() - before

    def argv(self, what, *arguments):
        return [self.generator, what, "127.0.0.1:%d" % self.port, self.root, *arguments]

    def generate(self, what, *arguments):
        done = subprocess.run(self.argv(what, *arguments), stdout=subprocess.PIPE, text=True,
                              preexec_fn=allow_connections)
        require(done.returncode == 0, "%s ended with %d: %s\n%s" % (
            what, done.returncode, done.stdout[-500:], self.said()[-2000:]))
        return done.stdout

    def log_bytes(self):
        return sum(os.path.getsize(path)
                   for path in glob.glob(self.path("log", "*", "*.log")))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        require(self.process.wait(60) == 0, "the collector stopped badly:\n" + self.said()[-2000:])

    def forget_log(self):
        """Its identity stays, so that certificates and commits are of the same log."""
        for path in glob.glob(self.path("log", "*", "*.log")):
            os.remove(path)

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def allow_connections():
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS_MAX, CONNECTIONS_MAX))


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    import socket
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False




def ingest_once(collector, frames, events):
    collector.start()
    try:
        before, syncs = cpu_seconds(collector.process.pid), collector.sync_count()
        said = json.loads(collector.generate(
            "ingest", collector.identities, RECORDINGS, str(AGENTS), str(frames), str(events)))
        require(said["violations"] == 0 and said["frames"] == frames, "not as promised: %s" % said)
        said["collector_cpu_s"] = cpu_seconds(collector.process.pid) - before
        said["syncs"] = collector.sync_count() - syncs
        said["rss_mb"] = status_mb(collector.process.pid, "VmHWM")
    finally:
        collector.process.kill()
        collector.process.wait()
        collector.forget_log()
    return said


def ingest(collector):
    found = {}
    for name, (frames, events) in LOADS.items():
        rounds = []
        for number in range(ROUNDS):
            rounds.append(ingest_once(collector, frames, events))
            each = rounds[-1]
            print("ingest: %s, round %d: %d events/s, %d frames/s, %.1f MB/s, %.1f µs CPU a frame "
                  "(generator %.1f), %d fdatasyncs, collector's peak %.0f MiB" % (
                      name, number + 1, each["events"] / each["seconds"],
                      frames / each["seconds"], each["bytes"] / each["seconds"] / 1e6,
                      each["collector_cpu_s"] / frames * 1e6, each["cpu_s"] / frames * 1e6,
                      each["syncs"], each["rss_mb"]), flush=True)
        found[name] = sorted(rounds, key=lambda each: each["seconds"])[ROUNDS // 2]
    return found


class Seconds:
    """What a fleet that runs says of itself, second by second."""

    def __init__(self, collector, agents):
        self.collector, self.agents = collector, agents
        self.process = subprocess.Popen(
            collector.argv("fleet", collector.identities, RECORDINGS, str(agents), "100000", "3"),
            stdout=subprocess.PIPE, text=True, preexec_fn=allow_connections)
        collector.started.append(self.process)
        self.last = None

    def next(self):
        line = self.process.stdout.readline()
        require(line, "the generator ended:\n" + self.collector.said()[-2000:])
        self.last = json.loads(line)
        require(self.last["violations"] == 0, "a promise was broken: %s" % line[:300])
        if self.last["second"] % 10 == 0:
            print("fleet: second %d: %d of %d ship, %d frames acked, collector %.0f MiB" % (
                self.last["second"], self.last["shipping"], self.agents, self.last["frames"],
                status_mb(self.collector.process.pid, "VmRSS")), flush=True)
        return self.last

    def until_all_ship(self, most_s):
        """Seconds until all do; None where that was not within `most_s`."""
        started = time.monotonic()
        while time.monotonic() - started < most_s:
            if self.next()["shipping"] == self.agents:
                return time.monotonic() - started
        return None

    def refused_for_good(self):
        return sum(count for code, count in self.last["refusals"].items() if code != UNAVAILABLE)


def percentile_of(counts, share):
    """Of {value: how often}."""
    left = share * sum(counts.values())
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return 0


def line_through(points):
    """(value at 0, growth) of a straight line through the first and the last."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    growth = (y1 - y0) / max(1, x1 - x0)
    return y0 - growth * x0, growth


def fleet(collector):
    agents, seconds = map(int, FLEET.split(","))
    collector.start()
    print("fleet: %d enrolled in %.0f s" % (agents, collector.enrol(agents)), flush=True)
    collector.stop()
    collector.forget_log()
    collector.start()
    run = Seconds(collector, agents)
    connected = run.until_all_ship(600)
    require(connected, "not all of the fleet ever shipped: %s" % run.last)
    acks, memory, cpu = {}, [], cpu_seconds(collector.process.pid)
    before = run.last["frames"]
    for _ in range(seconds):
        for ms, count in run.next()["acks_by_ms"].items():
            acks[int(ms)] = acks.get(int(ms), 0) + count
        memory.append((run.last["frames"], status_mb(collector.process.pid, "VmRSS")))
    cpu = cpu_seconds(collector.process.pid) - cpu
    frames = run.last["frames"] - before
    restarted = time.monotonic()
    collector.stop()
    collector.start()
    run.until_all_ship(300)
    back = time.monotonic() - restarted
    # The index is in memory and grows with each event; what the agents take does not.
    without_index, index_growth = line_through(memory)
    print("fleet: all shipped after %.0f s; %d frames/s at %.0f µs CPU a frame; the index grows by "
          "%.1f KiB a frame; all back %.1f s after a restart; refused: %s" % (
              connected, frames / seconds, cpu / frames * 1e6, index_growth * 1024, back,
              run.last["refusals"]), flush=True)
    return [Figure("fleet.agents", agents, "agents", (">=", 10_000)),
            Figure("fleet.frames_per_s", frames / seconds, "frames/s", (">=", 0.99 * agents)),
            Figure("fleet.rss_mb", without_index, "MiB", ("<=", 1_450)),
            Figure("fleet.rss_with_index_mb", memory[-1][1], "MiB"),
            Figure("fleet.ack_p99_ms", percentile_of(acks, 0.99), "ms", ("<=", 2_000)),
            Figure("fleet.back_s", back, "s", ("<=", 60)),
            Figure("fleet.refused_for_good", run.refused_for_good(), "agents", ("<=", 0))]


def ingest_figures(found):
    large, small = found["large"], found["small"]
    return [Figure("ingest.events_per_s", large["events"] / large["seconds"], "events/s",
                   (">=", 1_500_000)),
            Figure("ingest.mb_per_s", large["bytes"] / large["seconds"] / 1e6, "MB/s"),
            Figure("ingest.syncs_per_s", large["syncs"] / large["seconds"], "1/s"),
            Figure("ingest.us_per_frame", large["collector_cpu_s"] / large["frames"] * 1e6, "µs"),
            Figure("ingest.small_frames_per_s", small["frames"] / small["seconds"], "frames/s",
                   (">=", 25_000)),
            Figure("ingest.small_us_per_frame",
                   small["collector_cpu_s"] / small["frames"] * 1e6, "µs")]


def with_collector(binaries, measure):
    collector = Collector(binaries)
    try:
        collector.set_up()
        return measure(collector)
    finally:
        collector.close()


def enrol_shippers(collector):
    collector.watch_syncs()
    collector.start()
    collector.enrol(AGENTS)
    collector.stop()
    collector.forget_log()


def measure_ingest(collector):
    enrol_shippers(collector)
    return ingest_figures(ingest(collector))


def run(binaries, _peers, _folder):
    if os.geteuid() != 0:
        print("delivery: left out; missing: root")
        return []
    return with_collector(binaries, measure_ingest) + with_collector(binaries, fleet)
