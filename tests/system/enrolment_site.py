"""A collector's machine and hosts that are enrolled there, with the real programs, each under its
own uid, in one folder: `spoor-collector init`, spoor-collector-ca, spoor-collector with a door to
the network on loopback, tokens; and by host a spool, an uplink and what enrolment leaves."""
import glob
import os
import re
import shutil
import socket
import struct
import subprocess

import packed_files
from harness import PATIENCE_S, SOURCE, Failure, Program, require, wait_until, yaml_of
from private_space import AGENT_UID, COLLECTOR_UID, UPLINK_UID

CA_UID = 64104
RECORDING = os.path.join(SOURCE, "tests", "golden", "records", "demo_session.rec")
PROGRAMS = ("spoor-agent", "spoor-uplink", "spoor-collector", "spoor-collector-ca", "spoor")


def as_user(uid, *argv, groups=()):
    return ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid,
            "--groups=" + ",".join(map(str, groups)) if groups else "--clear-groups",
            "--inh-caps=-all", "--pdeathsig=KILL", "--"] + list(argv)


def run(*argv, code=0, data=None):
    """Standard output and error together, of a command that must end so."""
    done = subprocess.run(argv, capture_output=True, text=True, input=data, timeout=PATIENCE_S)
    said = done.stdout + done.stderr
    require(done.returncode == code, "%s ended with %d, not %d:\n%s" % (
        " ".join(argv), done.returncode, code, said))
    return said


def free_port():
    """Below those that the kernel gives to whoever connects, so that it stays free."""
    first = 20_000 + os.getpid() * 7 % 10_000
    for port in range(first, first + 2_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failure("no port is free")


class Site:
    """The collector's machine."""

    def __init__(self, folder, binaries):
        self.folder = folder
        os.makedirs(self.path("bin"), exist_ok=True)
        for name in PROGRAMS:  # our users may not be able to walk to where they are
            if not os.path.exists(self.path("bin", name)):
                shutil.copy2(os.path.join(binaries, name), self.path("bin"))
        for name, uid in (("run", 0), ("ca-run", CA_UID), ("sockets", COLLECTOR_UID),
                          ("log", COLLECTOR_UID), ("etc", 0)):
            if not os.path.exists(self.path(name)):
                os.mkdir(self.path(name), 0o755)
                os.chown(self.path(name), uid, uid)
        self.address = self.listen = "127.0.0.1:%d" % free_port()
        self.ca = Program("spoor-collector-ca", as_user(
            CA_UID, self.path("bin", "spoor-collector-ca"), "--folder", self.path("ca"),
            "--socket", self.path("ca-run", "ca.sock"), "--peer", str(COLLECTOR_UID)), folder)
        self.collector = Program("spoor-collector", as_user(
            COLLECTOR_UID, self.path("bin", "spoor-collector"), "--config",
            self.path("etc", "collector.yml")), folder)
        self.config = {
            "log_level": "info", "log": {"folder": self.path("log"), "ballast": "1 MiB"},
            "uplink": {"socket": '""',
                       "certificate": self.path("tls", "server.pem"),
                       "key": self.path("tls", "server.key"),
                       "authorities": self.path("tls", "authorities.pem")},
            "query": {"socket": self.path("sockets", "query.sock")},
            "identity": {"authority": self.path("ca-run", "ca.sock")}}
        self.fingerprint = ""
        self.hosts = []

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def command(self, *arguments, code=0):
        return run(self.path("bin", "spoor-collector"), *arguments, code=code)

    def init(self, *more, code=0):
        said = self.command("init", "--name", "127.0.0.1", "--ca-folder", self.path("ca"),
                            "--tls-folder", self.path("tls"), "--root-key", self.path("root.key"),
                            "--ca-user", str(CA_UID), "--collector-user", str(COLLECTOR_UID),
                            *more, code=code)
        found = re.search(r"sha256:[0-9a-f]{64}", said)
        if found:
            self.fingerprint = found.group(0)
        return said

    def start(self):
        self.config["uplink"]["listen"] = '"%s"' % self.listen
        with open(self.path("etc", "collector.yml"), "w") as file:
            file.write(yaml_of(self.config))
        self.ca.start("answering uid %d" % COLLECTOR_UID)
        self.collector.start("accepting agents on " + self.listen)

    def stop(self):
        for program in [host.uplink for host in self.hosts] + [self.collector, self.ca]:
            program.stop()

    def kill(self):
        for program in [host.uplink for host in self.hosts] + [self.collector, self.ca]:
            if program.runs:
                program.kill()

    def token(self, *arguments):
        """A new one's text."""
        said = self.command("token", "create", "--ca-folder", self.path("ca"), *arguments)
        return said.strip()

    def tokens(self):
        return self.command("token", "list", "--ca-folder", self.path("ca"))

    def revoke(self, agent, reason, code=0):
        return self.command("agents", "revoke", agent, "--reason", reason, "--state",
                            self.path("log", "state.db"), code=code)

    def cli(self, *arguments):
        return run(self.path("bin", "spoor"), "--collector",
                   "unix:" + self.path("sockets", "query.sock"), *arguments)

    def has_told(self, *words):
        """One event of the collector's own that holds all these words."""
        return any(all(word in line for word in words)
                   for line in self.cli("events", "--limit", "1000").splitlines())


class Host:
    """A host with a spool, that may be enrolled."""

    def __init__(self, site, name, machine_id=None):
        self.site, self.name, self.folder = site, name, site.path("host-" + name)
        os.mkdir(self.folder, 0o755)
        for part, uid, mode in (("etc", 0, 0o755), ("spool", AGENT_UID, 0o750),
                                ("commit", UPLINK_UID, 0o750), ("state", UPLINK_UID, 0o750)):
            os.mkdir(self.path(part), mode)
            os.chown(self.path(part), uid, uid)
        self.write("etc/machine-id", (machine_id or os.urandom(16).hex()) + "\n")
        self.config = {
            "host": name, "machine_id_file": self.path("etc", "machine-id"), "log_level": "info",
            "spool": {"folder": self.path("spool")}, "commit": {"folder": self.path("commit")},
            "state": {"folder": self.path("state")}}
        self.write("etc/uplink.yml", yaml_of(self.config))
        self.uplink = Program("uplink-" + name, as_user(
            UPLINK_UID, site.path("bin", "spoor-uplink"), "--config", self.path("etc/uplink.yml"),
            groups=[AGENT_UID]), site.folder)
        site.hosts.append(self)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def identity(self):
        return self.path("state", "identity", "identity.pem")

    def enroll(self, token, *arguments, code=0, address=None, fingerprint=None):
        """What it says. As root, as a person does it."""
        said = run(self.site.path("bin", "spoor-uplink"), "--config", self.path("etc/uplink.yml"),
                   "enroll", "--collector", address or self.site.address, "--token-file", "-",
                   "--ca-fingerprint", fingerprint or self.site.fingerprint,
                   "--user", str(UPLINK_UID), "--agent-user", str(AGENT_UID),
                   "--trust-file", self.path("etc/trust"),
                   "--checkpoint-key", self.path("etc/checkpoint.pem"), *arguments,
                   code=code, data=token + "\n")
        require(token not in said, "the token is on the screen: " + said)
        return said

    def status(self, code=0):
        return run(self.site.path("bin", "spoor-uplink"), "--config", self.path("etc/uplink.yml"),
                   "status", "--user", str(UPLINK_UID), code=code)

    def fill_spool(self):
        """With a recorded session, as if the agent had been there."""
        os.rmdir(self.path("spool"))
        run(self.site.path("bin", "spoor-agent"), "replay", "--seal", self.path("spool"), "--host",
            self.name, RECORDING)
        for folder, names, members in os.walk(self.path("spool")):
            for name in [folder] + [os.path.join(folder, n) for n in names + members]:
                os.chown(name, AGENT_UID, AGENT_UID)

    def start(self):
        self.uplink.start()

    def commits(self):
        return sorted(os.listdir(self.path("commit")))

    def spooled(self):
        """The classes of which there is something."""
        spool = self.path("spool")
        return sorted(name for name in os.listdir(spool)
                      if glob.glob(os.path.join(spool, name, "*.seg")))

    def ships(self):
        """Start, and wait until the collector has something of each class."""
        self.start()
        wait_until("commits for " + self.name, lambda: self.commits() == self.spooled())

    def serial(self):
        text = run("openssl", "x509", "-in", self.identity, "-noout", "-serial")
        return text.split("=")[1].strip().lower()


def der_of_key(raw):
    """SubjectPublicKeyInfo of an Ed25519 key (RFC 8410)."""
    return bytes.fromhex("302a300506032b6570032100") + raw


def checkpoints(log_folder):
    """[(public key, what is signed, signature)] of the checkpoint frames in the collector's log, by
    docs/frame.md: blocks found by their magic, checkpoints by the kind in their heads."""
    found = []
    for data in packed_files.files_below(os.path.join(log_folder, "access")).values():
        at = data.find(b"SPB1")
        while at >= 0:
            head = at + 32 + 32  # behind the block's header and the frame's previous chain value
            if data[head:head + 4] == b"SPF1" and data[head + 8] == 3:
                found.append(_checkpoint(data[at:]))
            at = data.find(b"SPB1", at + 4)
    return found


def _checkpoint(block):
    codec, (stored,) = block[14], struct.unpack_from("<I", block, 16)
    fields = block[32 + 312:32 + 312 + stored]
    if codec == 1:
        fields = next(packed_files.unpacked(fields))
    (tag,) = struct.unpack_from("<I", fields, 0)
    require(tag == 360, "a checkpoint's entry has the tag %d" % tag)
    entry = fields[4:]
    return entry[8:40], b"spoor checkpoint 1\0" + entry[:296], entry[296:360]


def is_signed(key, message, signature, folder):
    """As openssl sees it."""
    for name, content in (("key.der", der_of_key(key)), ("message", message),
                          ("signature", signature)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der",
         "-rawin", "-in", "message", "-sigfile", "signature"], cwd=folder, capture_output=True)
    return done.returncode == 0


def public_key(pem_path):
    """The raw public half of an Ed25519 key in a PEM file."""
    done = subprocess.run(["openssl", "pkey", "-in", pem_path, "-pubout", "-outform", "DER"],
                          capture_output=True)
    require(done.returncode == 0, done.stderr.decode())
    return done.stdout[-32:]
