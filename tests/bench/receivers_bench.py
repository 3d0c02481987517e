"""ingest.text_mb_per_cpu_s and ingest.*speedup_vs_*: what it costs to receive a fleet's records.
Kernel text that came to the receiver's disk, by the processor time of the receiver's process; what
sends is not counted.

Ours answers for what it took: TLS with both sides' certificates, a sync before each commit, a
signature under it, and as much of the index as it built meanwhile. auditd gets records from an
audisp-remote, rsyslog lines over TCP; both in the clear, with Debian's settings.

auditd is run without the capabilities that touch the kernel's audit, and of events of this machine
it is told to hear none. audisp-remote knows one place for its configuration: it gets a mount
namespace in which that place is ours.
"""
import glob
import os
import socket
import subprocess
import time

import delivery_bench
import figures
import harness
from delivery_bench import RECORDINGS, Collector, cpu_seconds, free_port, listens
from figures import Figure
from harness import require, wait_until

ROUNDS = 3
# name: (frames, events each)
LOADS = {"large": (6_000, 300), "small": (60_000, 10)}
RECORDS = 60_000  # to the others: a second of auditd's time
AUDITD_CONFIG = {"local_events": "no", "log_group": "root", "max_log_file": "1000",
                 "max_log_file_action": "IGNORE", "space_left_action": "IGNORE",
                 "admin_space_left_action": "IGNORE", "disk_full_action": "IGNORE",
                 "disk_error_action": "IGNORE", "use_libwrap": "no", "verify_email": "no"}
RSYSLOG_CONFIG = """module(load="imtcp" MaxSessions="10")
input(type="imtcp" port="%d" address="127.0.0.1")
*.* action(type="omfile" file="%s")
"""


def kernel_records():
    """Records of the recordings, each as one line; EOE, which auditd does not write, left out."""
    found = []
    for path in sorted(glob.glob(os.path.join(RECORDINGS, "*.rec"))):
        with open(path, "rb") as file:
            found += [line for line in file
                      if line.startswith(b"type=") and not line.startswith(b"type=EOE ")
                      and len(line) < 8_000]  # audisp-remote's longest
    return (found * (RECORDS // len(found) + 1))[:RECORDS]


def settings(text, changed):
    """A configuration file of audit's with these values instead of its own."""
    left = dict(changed)
    lines = []
    for line in text.splitlines():
        name = line.split("=")[0].strip(" #")
        lines.append("%s = %s" % (name, left.pop(name)) if name in left else line)
    return "\n".join(lines + ["%s = %s" % item for item in left.items()]) + "\n"


class Receiver:
    """A peer that listens, and the file that it writes."""

    def __init__(self, peers, folder):
        self.peers, self.folder, self.port = peers, folder, free_port()
        self.file = self.path("received")
        os.mkdir(folder, 0o750)
        self.process = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def begin(self, argv, **more):
        with open(self.path("said"), "ab") as said:
            return subprocess.Popen(argv, stdout=said, stderr=said, cwd="/",
                                    env=self.peers.environment(), **more)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), 0o640)

    def received(self):
        require(self.process.poll() is None, "%s ended" % self.process.args)
        if not os.path.exists(self.file):
            return 0
        with open(self.file, "rb") as file:
            return sum(b" msg=audit(" in line and b"type=DAEMON_" not in line for line in file)

    def take(self, records):
        """Bytes of them a second of processor time."""
        self.process = self.start()
        try:
            wait_until("it to listen", lambda: listens(self.port))
            before = cpu_seconds(self.process.pid)
            with self.sender() as sender:
                for record in records:
                    sender.write(self.line_of(record))
                sender.flush()
                wait_until("all records to be written", lambda: self.received() == len(records),
                           every_s=0.5)
            return sum(map(len, records)) / (cpu_seconds(self.process.pid) - before)
        finally:
            self.process.kill()
            self.process.wait()
            if os.path.exists(self.file):
                os.remove(self.file)


class Auditd(Receiver):
    def start(self):
        for name in ("plugins", "etc/audit"):
            os.makedirs(self.path(name), 0o750, exist_ok=True)
        self.write("auditd.conf", settings(self.shipped("auditd.conf"), {
            **AUDITD_CONFIG, "log_file": self.file, "plugin_dir": self.path("plugins"),
            "tcp_listen_port": str(self.port), "tcp_max_per_addr": "8"}))
        self.write("etc/audit/audisp-remote.conf", settings(self.shipped("audisp-remote.conf"), {
            "remote_server": "127.0.0.1", "port": str(self.port),
            "queue_file": self.path("queue")}))
        return self.begin(
            ["setpriv", "--bounding-set=-audit_control,-audit_read,-audit_write",
             "--inh-caps=-audit_control", "--pdeathsig=KILL", "--", self.peers.program("auditd"),
             "-n", "-s", "nochange", "-c", self.folder], stdin=subprocess.DEVNULL)

    def shipped(self, name):
        with open(os.path.join(self.peers.root, "etc", "audit", name)) as file:
            return file.read()

    def sender(self):
        over_etc = "mount -t overlay overlay -o ro,lowerdir=%s:/etc /etc" % self.path("etc")
        return Remote(self.begin(
            ["unshare", "-m", "sh", "-c", "%s && exec %s" % (
                over_etc, self.peers.program("audisp-remote"))], stdin=subprocess.PIPE))

    def line_of(self, record):
        return record


class Remote:
    """An audisp-remote; it forgets what it has not sent when its input ends."""

    def __init__(self, process):
        self.process = process
        self.write, self.flush = process.stdin.write, process.stdin.flush

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Rsyslog(Receiver):
    def start(self):
        self.write("rsyslog.conf", RSYSLOG_CONFIG % (self.port, self.file))
        modules = os.path.join(self.peers.root, "usr", "lib", "x86_64-linux-gnu", "rsyslog")
        return self.begin(
            ["setpriv", "--pdeathsig=KILL", "--", self.peers.program("rsyslogd"), "-n", "-f",
             self.path("rsyslog.conf"), "-i", self.path("pid"), "-M", modules],
            stdin=subprocess.DEVNULL)

    def sender(self):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            return connection.makefile("wb")

    def line_of(self, record):
        return b"<85>Nov 22 20:15:54 web1 audispd: " + record


def ours(collector, load):
    """Bytes of kernel text a second of the collector's processor time."""
    frames, events = LOADS[load]
    said = delivery_bench.ingest_once(collector, frames, events)
    return frames * said["text_bytes_a_body"] / said["collector_cpu_s"]


def measured(collector, peers, folder):
    records = kernel_records()
    auditd = Auditd(peers, os.path.join(folder, "auditd"))
    rsyslog = Rsyslog(peers, os.path.join(folder, "rsyslog"))
    delivery_bench.enrol_shippers(collector)
    found = figures.alternate(ROUNDS, {
        "large": lambda: ours(collector, "large"), "small": lambda: ours(collector, "small"),
        "auditd": lambda: auditd.take(records), "rsyslog": lambda: rsyslog.take(records * 5)})
    remote = "audisp-remote to auditd %s" % peers.version("auditd")
    lines = "rsyslog %s, TCP to a file" % peers.version("rsyslog")
    return [Figure("ingest.text_mb_per_cpu_s", found["large"] / 1e6, "MB/s", None, remote,
                   found["auditd"] / 1e6),
            Figure("ingest.speedup_vs_audisp_remote", found["large"] / found["auditd"], "", None,
                   remote, 1),
            Figure("ingest.small_speedup_vs_audisp_remote", found["small"] / found["auditd"], "",
                   None, remote, 1),
            Figure("ingest.speedup_vs_rsyslog", found["large"] / found["rsyslog"], "", None, lines,
                   1),
            Figure("ingest.small_speedup_vs_rsyslog", found["small"] / found["rsyslog"], "", None,
                   lines, 1)]


def run(binaries, peers, folder):
    if os.geteuid() != 0:
        print("receivers: left out; missing: root")
        return []
    return delivery_bench.with_collector(
        binaries, lambda collector: measured(collector, peers, folder))
