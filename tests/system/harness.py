"""Runs the three programs as they run in earnest, in a private space, for tests and the demo.

Each program has a numeric uid of its own and the privilege it needs; everything lies in one private
folder; nothing outlives this process (see private_space and kernel_audit).
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

import kernel_audit
import private_space
from private_space import AGENT_UID, COLLECTOR_UID, LOGIN_NAME, LOGIN_UID, UPLINK_UID

SKIPPED = 77
# How long anything is waited for. It bounds nothing but a failure: on a machine that has other
# things to do, what comes at once elsewhere may take most of it.
PATIENCE_S = 120
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAMS = ("spoor-agent", "spoor-uplink", "spoor-collector", "spoor-collector-ca", "spoor",
            "spoor-test-session", "spoor-test-load", "spoor-test-victim", "spoor-test-spool",
            "spoor-test-log", "spoor-test-sink", "spoor-test-processes", "spoor-test-forger",
            "spoor-test-pause.so")
AGENT_CAPABILITIES = ("audit_control", "audit_read", "net_admin", "sys_ptrace",
                      "dac_read_search")


class Failure(Exception):
    """Something is not as it must be; the message says what."""


def require(condition, what):
    if not condition:
        raise Failure(what)


def wait_until(what, condition, every_s=0.02):
    """The condition's value once it is true. After two seconds it is said what takes so long."""
    started = time.monotonic()
    said = 2
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - started
        if waited > PATIENCE_S:
            raise Failure("waited %d s for %s" % (PATIENCE_S, what))
        if waited > said:
            print("  … %s, %d s" % (what, waited), flush=True)
            said *= 2
        time.sleep(every_s)


class Program:
    """One process of ours and its log."""

    def __init__(self, name, argv, folder):
        self.name, self.argv = name, argv
        self.log_path = os.path.join(folder, name + ".log")
        self.process, self.log_from = None, 0

    def start(self, ready=None):
        self.log_from = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd="/", start_new_session=True)
        if ready:
            self.wait_for(ready)

    def log(self, whole=False):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(0 if whole else self.log_from)
            return log.read()

    def wait_for(self, words, after=0):
        """Until the log, from `after` on, says so."""
        def said():
            if words in self.log()[after:]:
                return True
            require(self.process.poll() is None, "%s ended with %s before it said '%s':\n%s" % (
                self.name, self.process.returncode, words, self.log()))
            return False
        wait_until("%s to say '%s'" % (self.name, words), said)

    @property
    def pid(self):
        return self.process.pid

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """The exit code, once it ends by itself."""
        return self.process.wait(PATIENCE_S)

    def stop(self):
        """SIGTERM, and an end in good order."""
        if not self.runs:
            return
        self.process.terminate()
        try:
            code = self.end()
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("%s did not stop within %d s" % (self.name, PATIENCE_S))
        require(code == 0, "%s stopped with %d:\n%s" % (self.name, code, self.log()))


class Deployment:
    """Collector, uplink and agent with their folders, sockets and configurations."""

    def __init__(self, folder, binaries, replay=None):
        """`replay`: a recording for the agent to play, instead of capturing. Without root
        everything runs as one user."""
        self.folder, self.live, self.uids = folder, replay is None, os.geteuid() == 0
        uids = self.uids
        self.bin = self._reachable(binaries)
        # What is fetched once lies beside the binaries.
        self.packages = os.path.join(os.path.dirname(os.path.abspath(binaries)), "packages")
        self.agent_uid = AGENT_UID if uids else os.getuid()
        self.uplink_uid = UPLINK_UID if uids else os.getuid()
        self.collector_uid = COLLECTOR_UID if uids else os.getuid()
        for name, uid in (("spool", self.agent_uid), ("agent-state", self.agent_uid),
                          ("commit", self.uplink_uid), ("uplink-state", self.uplink_uid),
                          ("log", self.collector_uid), ("sockets", self.collector_uid),
                          ("home", LOGIN_UID if uids else os.getuid())):
            self._make(name, uid)
        self.machine_id = self._machine_id()
        self._write_configs()
        self.collector = self._program("spoor-collector", self.collector_uid, [], [],
                                       "--config", self.config("collector"))
        self.uplink = self._program("spoor-uplink", self.uplink_uid,
                                    [self.agent_uid, self.collector_uid], [],
                                    "--config", self.config("uplink"))
        arguments = ["run", "--config", self.config("agent")]
        if replay:
            if uids:
                os.chown(folder, AGENT_UID, -1)  # the frames are put together beside their folder
            arguments = ["replay", "--seal", self.path("spool"), "--host", "web1",
                         shutil.copy(replay, self.path("recording"))]
        self.agent = self.make_agent("spoor-agent", arguments)

    def _reachable(self, binaries):
        """Our users may not be able to walk to where the binaries are."""
        if not self.uids:
            return os.path.abspath(binaries)
        target = self.path("bin")
        os.mkdir(target)
        for name in PROGRAMS:
            if os.path.exists(os.path.join(binaries, name)):
                shutil.copy2(os.path.join(binaries, name), target)
        return target

    def _machine_id(self):
        if os.path.exists("/etc/machine-id"):
            return "/etc/machine-id"
        with open(self.path("machine-id"), "w") as file:  # a bare chroot has none
            file.write(os.urandom(16).hex() + "\n")
        return self.path("machine-id")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def config(self, name):
        return self.path("etc", name + ".yml")

    @property
    def query_address(self):
        return "unix:" + self.path("sockets", "query.sock")

    def _make(self, name, uid):
        os.mkdir(self.path(name), 0o750)
        if self.uids:
            os.chown(self.path(name), uid, uid)
        os.chmod(self.path(name), 0o755 if name == "sockets" else 0o750)

    def _write_configs(self):
        os.mkdir(self.path("etc"), 0o755)
        rules = self.path("rules")
        os.mkdir(rules, 0o755)
        with open(os.path.join(SOURCE, "rules", "audit", "light", "10-commands.rules")) as file:
            text = file.read()
        with open(os.path.join(rules, "10-commands.rules"), "w") as file:
            file.write(text)
        self.agent_values = {
            "host": "web1", "machine_id_file": self.machine_id, "log_level": "info",
            "spool": {"folder": self.path("spool"), "bytes_max": "1 GiB"},
            "commit": {"folder": self.path("commit"), "user": str(self.uplink_uid)},
            "state": {"folder": self.path("agent-state")},
            "rules": {"folders": [rules], "only_login_uid": LOGIN_UID}}
        self.write_config("agent", self.agent_values)
        self.write_config("uplink", {
            "host": "web1", "machine_id_file": self.machine_id, "log_level": "info",
            "spool": {"folder": self.path("spool")}, "commit": {"folder": self.path("commit")},
            "state": {"folder": self.path("uplink-state")},
            "collector": {"addresses": ["unix:" + self.path("sockets", "uplink.sock")]}})
        self.write_config("collector", {
            "log_level": "info", "log": {"folder": self.path("log"), "ballast": "1 MiB"},
            "uplink": {"socket": self.path("sockets", "uplink.sock")},
            "query": {"socket": self.path("sockets", "query.sock")}})

    def write_config(self, name, values):
        with open(self.config(name), "w") as file:
            file.write(yaml_of(values))

    def _program(self, name, uid, groups, capabilities, *arguments, log_name=None):
        argv = [os.path.join(self.bin, name)] + list(arguments)
        if self.uids:
            keep = ",".join(["-all"] + ["+" + c for c in capabilities])
            argv = ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid,
                    "--groups=" + ",".join(map(str, groups)) if groups else "--clear-groups",
                    "--inh-caps=" + keep, "--ambient-caps=" + keep, "--bounding-set=" + keep,
                    "--pdeathsig=KILL"] + argv
        return Program(log_name or name, argv, self.folder)

    def make_agent(self, log_name, arguments):
        """An agent as ours, with other arguments."""
        return self._program("spoor-agent", self.agent_uid, [self.uplink_uid],
                             AGENT_CAPABILITIES if self.live else [], *arguments,
                             log_name=log_name)

    def with_own_spool(self, name, **values):
        """The agent's configuration with a spool and a state of this name, and these values in its
        groups: nothing of an agent before it."""
        spool, state = self.path("spool-" + name), self.path("state-" + name)
        for folder in ("spool-" + name, "state-" + name):
            self._make(folder, self.agent_uid)
        changed = {group: dict(keys) if isinstance(keys, dict) else keys
                   for group, keys in self.agent_values.items()}
        changed["spool"]["folder"], changed["state"]["folder"] = spool, state
        for group, keys in values.items():
            changed.setdefault(group, {}).update(keys)
        self.write_config("agent", changed)
        return spool

    def spooled(self, folder):
        """What lies in a spool, a dictionary each (see spoor-test-spool), with the types of an
        event's records."""
        done = subprocess.run([os.path.join(self.bin, "spoor-test-spool"), folder],
                              capture_output=True)
        require(done.returncode == 0, done.stderr.decode())
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            line["types"] = [r.get("type", 0) for r in line.get("text", {}).get("records", [])]
        return lines

    def start_collector(self):
        self.collector.start("accepting")

    def start_agent(self):
        """Until it captures, or has played its recording."""
        self.agent.start("capturing" if self.live else None)
        if not self.live:
            code = self.agent.end()
            require(code == 0, "the agent ended with %d:\n%s" % (code, self.agent.log()))

    def start(self):
        self.start_collector()
        self.uplink.start()
        self.start_agent()

    def stop(self):
        for program in (self.agent, self.uplink, self.collector):
            program.stop()

    def clean_up_kernel(self):
        """What `spoor-agent cleanup` says; it must work."""
        done = subprocess.run([os.path.join(self.bin, "spoor-agent"), "cleanup", "--config",
                               self.config("agent")], capture_output=True, text=True)
        require(done.returncode == 0, "cleanup failed:\n" + done.stdout + done.stderr)
        return done.stdout + done.stderr

    def session(self, *command, pty=True, output=subprocess.DEVNULL):
        """Starts a command as a login session of the demo user."""
        argv = [os.path.join(self.bin, "spoor-test-session"), "--login-uid", str(LOGIN_UID),
                "--uid", str(LOGIN_UID), "--gid", str(LOGIN_UID), "--cwd", self.path("home")]
        return subprocess.Popen(
            argv + (["--pty"] if pty else []) + ["--"] + list(command), stdin=subprocess.DEVNULL,
            stdout=output, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                                         "HOME": self.path("home"), "USER": LOGIN_NAME})

    def login(self, script):
        """The demo user logs in through login(1) and PAM, as if from elsewhere, on a terminal of
        its own; its shell runs the script and ends as that does."""
        private_space.quiet_login(self.folder)
        with open(self.path("home", ".bash_profile"), "w") as profile:
            profile.write(script)
        subprocess.run(["script", "-qec", "login -h 127.0.0.1 -f " + LOGIN_NAME, "/dev/null"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/",
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"})

    def cli(self, *arguments):
        return subprocess.run([os.path.join(self.bin, "spoor"), "--collector", self.query_address]
                              + list(arguments), capture_output=True, timeout=PATIENCE_S)

    def json_lines(self, *arguments):
        done = self.cli(*arguments, "--json")
        require(done.returncode == 0, "spoor %s: %s" % (
            " ".join(arguments), done.stderr.decode("utf-8", "replace")))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sessions(self):
        return [line["session"] for line in self.json_lines("sessions") if "session" in line]

    def our_session(self):
        """The one session of the demo user that began while we looked, or None."""
        try:
            ours = [s for s in self.sessions()
                    if s.get("login_uid") == LOGIN_UID and s["opening_seen"]]
        except Failure:
            return None
        require(len(ours) < 2, "several sessions where there was one: %s" % [
            s["name"] for s in ours])
        return ours[0] if ours else None

    def trail(self, name):
        return Trail(self.json_lines("trail", name))

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(self.path(name), errors="replace") as log:
                    lines = log.read().splitlines()
                text += "---- %s\n%s\n" % (name, "\n".join(lines[-40:]))
        return text


def yaml_of(values, indent=""):
    text = ""
    for key, value in values.items():
        if isinstance(value, dict):
            text += "%s%s:\n%s" % (indent, key, yaml_of(value, indent + "  "))
        else:
            text += "%s%s: %s\n" % (indent, key, json.dumps(value) if isinstance(value, list)
                                    else value)
    return text


def bytes_of(value):
    """A bytes field of `--json`: a string, or {"b64": …} where it is no UTF-8."""
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()


class Trail:
    """`spoor trail --json`, read."""

    def __init__(self, lines):
        self.items = lines
        self.session = lines[0]["session"]
        self.lag = lines[-1]["lag"]
        self.commands = [line["command"] for line in lines if "command" in line]
        self.losses = [line["loss"] for line in lines if "loss" in line]
        self.events = [line["event"] for line in lines if "event" in line]

    def named(self, argument):
        """The commands whose first argument is this."""
        return [c for c in self.commands if c["args"] and c["args"][0] == argument]


def end_of(command):
    """As the ledger writes it: `exit=7`, `signal=9`."""
    if command["end"] == "END_EXITED":
        return "exit=%d" % command["exit_code"]
    if command["end"] == "END_SIGNALED":
        return "signal=%d" % command["signal"]
    return command["end"]


class Space:
    """The private space of one test: namespace, folder, login user, and the kernel as it was."""

    def __init__(self):
        self.found = kernel_audit.Found(LOGIN_UID)
        self.found.remember()
        self.private = private_space.PrivateFolder(self.found.put_back)
        self.path = self.private.path
        private_space.add_login_user(self.path, os.path.join(self.path, "home"))

    def close(self):
        self.private.close()


def quit_on(*numbers):
    """Signals become exceptions, so that what must be put back is."""
    def leave(number, _frame):
        raise KeyboardInterrupt("signal %d" % number)
    for number in numbers:
        signal.signal(number, leave)


def may_capture():
    """(our turn, None), or (None, what is missing to capture here)."""
    if os.geteuid() != 0:
        return None, "root"
    turn = private_space.take_turn()
    missing = kernel_audit.what_is_missing()
    if missing:
        turn.close()
        return None, missing
    return turn, None


def run_test(test):
    """A system test: test(deployment), the kernel as found afterwards. argv: the binaries' folder.
    Exits 0, 1, or 77 where privilege is missing (under CI that is a failure)."""
    turn, missing = may_capture()
    if missing:
        print("missing: " + missing)
        sys.exit(1 if os.environ.get("CI") == "true" else SKIPPED)
    private_space.enter()
    quit_on(signal.SIGTERM, signal.SIGHUP)
    space, deployment, failed = Space(), None, True
    try:
        deployment = Deployment(space.path, os.path.abspath(sys.argv[1]))
        test(deployment)
        deployment.stop()
        deployment.clean_up_kernel()
        left = space.found.differences()
        require(not left, "the kernel is not as it was found: " + "; ".join(left))
        failed = False
    except (Failure, subprocess.SubprocessError, OSError, KeyError, ValueError) as error:
        print("FAILED: %s" % error if isinstance(error, Failure) else traceback.format_exc())
        print(deployment.logs() if deployment else "")
    finally:
        for program in (deployment.agent, deployment.uplink, deployment.collector) \
                if deployment else ():
            if program.runs:
                program.kill()
        space.close()
        turn.close()
    sys.exit(1 if failed else 0)
