"""live.* and agent.*: a session runs commands one after the other, as fast as a shell can, and the
processor time of who audits it is read from /proc/PID/task/TID/schedstat; all processes of a stack
count.

`sessions` is ours again with a log of logins beside the records, which grows while the storm lasts:
the agent reads each line, redacts it and joins it with the session.

The stacks take turns at the kernel's one seat. Ours hears of ends from the process connector; the
others get a rule on exit_group, since they know no other way to an exit code. Everything is limited
to the test's login uid and put back as found.
"""
import contextlib
import glob
import os
import re
import shutil
import statistics
import subprocess
import threading
import time

import harness
import kernel_audit
import private_space
from figures import Figure
from peers import laurel_config
from private_space import LOGIN_UID

COMMANDS, ROUNDS, BACKLOG = 5_000, 5, 8192
STORM = "for ((i = 0; i < %d; i++)); do /bin/true $i; done" % COMMANDS
SETTLE_S = 1.5  # longer than any window of any stack
LINES_A_SECOND = 50
# What a host's auth.log is made of: a line that is joined, one that holds a secret, one of no use.
LINES = ("sshd[%d]: Failed password for invalid user guest from 203.0.113.9 port 4711 ssh2",
         "sudo[%d]: bench : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql -psecret shop",
         "sshd[%d]: Connection closed by 203.0.113.9 port 4711 [preauth]")


def processes_of(pid):
    """The process and all that descend from it."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
        return [pid] + [p for child in children.read().split() for p in processes_of(int(child))]


def cpu_seconds(pid):
    """In nanoseconds' steps: /proc/PID/stat counts in hundredths of a second, a tenth of ours."""
    ran_ns = 0
    for each in processes_of(pid):
        for task in glob.glob("/proc/%d/task/*/schedstat" % each):
            with open(task) as file:
                ran_ns += int(file.read().split()[0])
    return ran_ns / 1e9


def status_mb(pid, name):
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"^%s:\s+(\d+) kB" % name, status.read(), re.M).group(1)) / 1024


class Measured:
    def __init__(self, cpu, lost, rss=None, anonymous=None):
        self.us_per_exec, self.lost = cpu / COMMANDS * 1e6, lost
        self.rss, self.anonymous = rss, anonymous


class GrowingLog:
    """A log into which somebody writes for as long as this is open."""

    def __init__(self, path):
        self.path, self.written, self.ended = path, 0, threading.Event()
        open(path, "w").close()
        self.writer = threading.Thread(target=self._write)

    def __enter__(self):
        self.writer.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.writer.join()

    def _write(self):
        while not self.ended.wait(1 / LINES_A_SECOND):
            with open(self.path, "a") as log:
                # Lines of other hosts are not ours.
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00 ", time.gmtime())
                log.write(stamp + os.uname().nodename + " " + LINES[self.written % len(LINES)] % (
                    100_000 + self.written) + "\n")
            self.written += 1


class Live:
    def __init__(self, space, binaries, peers):
        self.space, self.binaries, self.peers = space, binaries, peers
        self.kernel, self.number = kernel_audit.KernelAudit(), 0
        self.session = shutil.copy2(os.path.join(binaries, "spoor-test-session"), space.path)

    def folder(self):
        self.number += 1
        path = os.path.join(self.space.path, "run%d" % self.number)
        os.mkdir(path, 0o755)
        return path

    def run_load(self):
        done = subprocess.run(
            [self.session, "--login-uid", str(LOGIN_UID), "--uid", str(LOGIN_UID), "--gid",
             str(LOGIN_UID), "--", "/bin/bash", "-c", STORM],
            stdin=subprocess.DEVNULL, cwd="/", env={"PATH": "/usr/bin:/bin"})
        harness.require(done.returncode == 0, "the load ended with %d" % done.returncode)

    def storm(self, pid):
        """(CPU seconds, records that the kernel lost) of one storm."""
        lost, before = self.kernel.status()["lost"], cpu_seconds(pid)
        self.run_load()
        time.sleep(SETTLE_S)
        return cpu_seconds(pid) - before, (self.kernel.status()["lost"] - lost) % (1 << 32)

    def put_back(self):
        left = self.space.found.put_back()
        harness.require(not left, "the kernel is not as it was found: " + "; ".join(left))
        self.space.found.remember()

    def spoor_with_logs(self):
        """As spoor(), with a log that grows; all of its lines must be in the spool."""
        deployment = harness.Deployment(self.folder(), self.binaries)
        log = GrowingLog(deployment.path("auth.log"))
        os.chown(log.path, 0, deployment.agent_uid)
        os.chmod(log.path, 0o640)
        deployment.agent_values["logs"] = {"journal": "off", "files": [log.path]}
        deployment.write_config("agent", deployment.agent_values)
        return self.measured(deployment, log)

    def spoor(self):
        return self.measured(harness.Deployment(self.folder(), self.binaries))

    def measured(self, deployment, log=None):
        # As /run is on any host of systemd's, whatever it is here.
        private_space.mount_empty(deployment.path("agent-state"), deployment.agent_uid)
        try:
            deployment.start_agent()
            with log or contextlib.nullcontext():
                cpu, lost = self.storm(deployment.agent.pid)
            measured = Measured(cpu, lost, status_mb(deployment.agent.pid, "VmRSS"),
                                status_mb(deployment.agent.pid, "RssAnon"))
            # Who writes nothing is quick: all of it must be in the spool.
            if log:
                harness.require(log.written > 0, "no line was written")
                harness.wait_until("%d lines of the log to be told" % log.written,
                                   lambda: lines_told(deployment) == log.written)
            deployment.start_collector()
            deployment.uplink.start()
            harness.wait_until("every command to be in the collector", lambda: (
                deployment.our_session() or {"commands": 0})["commands"] >= COMMANDS)
            deployment.stop()
            deployment.clean_up_kernel()
        finally:
            for program in (deployment.agent, deployment.uplink, deployment.collector):
                if program.runs:
                    program.kill()
            self.put_back()
        private_space.unmount(deployment.path("agent-state"))
        shutil.rmtree(deployment.folder)
        return measured

    def auditd(self, log_format, plugin=None):
        folder = self.folder()
        config, log = self.auditd_config(folder, log_format, plugin)
        daemon = harness.Program("auditd", [self.peers.program("auditd"), "-n", "-c", config],
                                 folder)
        os.environ["LD_LIBRARY_PATH"] = self.peers.environment()["LD_LIBRARY_PATH"]
        try:
            daemon.start()
            harness.wait_until("auditd to take the seat",
                               lambda: self.kernel.status()["pid"] == daemon.pid)
            self.kernel.set(enabled=1, backlog_limit=BACKLOG)
            for arch in ("b64", "b32"):
                subprocess.run([self.peers.program("auditctl"), "-a", "always,exit", "-F",
                                "arch=" + arch, "-S", "execve,execveat,exit_group", "-F",
                                "auid=%d" % LOGIN_UID, "-k", "spoor-bench"], check=True)
            measured = Measured(*self.storm(daemon.pid))
        finally:
            os.environ.pop("LD_LIBRARY_PATH")
            if daemon.runs:
                daemon.process.terminate()
                daemon.process.wait(20)
            self.put_back()
        self.check_lines(log, rb"type=EXECVE.*/bin/true")
        if plugin:
            self.check_lines(os.path.join(folder, "laurel", "audit.log"), rb'"EXECVE".*/bin/true')
        shutil.rmtree(folder)
        return measured

    def check_lines(self, log, pattern):
        """All commands are in the log and in those it was rotated to."""
        lines = 0
        for path in glob.glob(log + "*"):
            with open(path, "rb") as file:
                lines += sum(1 for line in file if re.search(pattern, line))
        harness.require(lines >= COMMANDS, "%s has %d of %d commands" % (log, lines, COMMANDS))

    def auditd_config(self, folder, log_format, plugin):
        """auditd.conf as shipped, but for its places; no state of the disk makes it act."""
        config, log = os.path.join(folder, "auditd"), os.path.join(folder, "audit.log")
        plugins = os.path.join(config, "plugins.d")
        os.makedirs(plugins, 0o750)
        with open(os.path.join(self.peers.root, "etc", "audit", "auditd.conf")) as shipped:
            settings = dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", shipped.read(), re.M))
        settings.update({"log_file": log, "log_format": log_format, "plugin_dir": plugins,
                         "log_group": "root", "num_logs": "20"})
        settings.update({name: "IGNORE" for name in settings if name.endswith("_action")
                         and name != "max_log_file_action"})
        with open(os.path.join(config, "auditd.conf"), "w") as file:
            file.writelines("%s = %s\n" % setting for setting in settings.items())
        os.chmod(os.path.join(config, "auditd.conf"), 0o640)
        if plugin:
            target = os.path.join(folder, "laurel")
            os.mkdir(target, 0o755)
            with open(os.path.join(plugins, "laurel.conf"), "w") as file:
                file.write("active = yes\ndirection = out\npath = %s\ntype = always\n"
                           "args = --config %s\nformat = string\n" % (plugin,
                                                                      laurel_config(target)))
            os.chmod(os.path.join(plugins, "laurel.conf"), 0o640)
        return config, log


def lines_told(deployment):
    """Log lines that lie in the spool, each an event of its own."""
    return sum(1 for line in deployment.spooled(deployment.path("spool"))
               if line.get("event", {}).get("origin", {}).get("source", "").endswith("auth.log"))


def measure(live, peers):
    stacks = {"spoor": live.spoor, "sessions": live.spoor_with_logs,
              "raw": lambda: live.auditd("RAW"),
              "enriched": lambda: live.auditd("ENRICHED"),
              "laurel": lambda: live.auditd("RAW", peers.program("laurel"))}
    seen = {name: [] for name in stacks}
    for number in range(ROUNDS):
        for name, run in stacks.items():
            seen[name].append(run())
            print("live: round %d, %s: %.1f µs a command, %d lost" % (
                number + 1, name, seen[name][-1].us_per_exec, seen[name][-1].lost), flush=True)
    return seen


def run(binaries, peers, _folder):
    turn, missing = harness.may_capture()
    if missing:
        print("live: left out; missing: " + missing)
        return []
    private_space.enter()
    space = harness.Space()
    try:
        seen = measure(Live(space, binaries, peers), peers)
    finally:
        space.close()
        turn.close()
    us = {name: statistics.median(m.us_per_exec for m in each) for name, each in seen.items()}
    ours, auditd = seen["spoor"], "auditd " + peers.version("auditd")
    laurel = auditd + ", laurel " + peers.version("laurel")
    lost = {name: sum(m.lost for m in each) for name, each in seen.items()}
    return [
        Figure("live.us_per_exec", us["spoor"], "µs", None, auditd + " raw", us["raw"]),
        Figure("live.cpu_vs_auditd_raw", us["spoor"] / us["raw"], "of it", ("<=", 0.30),
               auditd + " raw", 1),
        Figure("live.sessions_cpu_vs_auditd_raw", us["sessions"] / us["raw"], "of it",
               ("<=", 0.35), auditd + " raw", 1),
        Figure("live.cpu_vs_auditd_enriched", us["spoor"] / us["enriched"], "of it", None,
               auditd + " enriched", 1),
        Figure("live.cpu_vs_auditd_laurel", us["spoor"] / us["laurel"], "of it", None, laurel, 1),
        Figure("live.lost", lost["spoor"], "records", ("<=", 0), auditd + " raw", lost["raw"]),
        Figure("agent.rss_anon_mb", max(m.anonymous for m in ours), "MiB", ("<=", 10)),
        Figure("agent.rss_mb", max(m.rss for m in ours), "MiB", ("<=", 24)),
    ]
