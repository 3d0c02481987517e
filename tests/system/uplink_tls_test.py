#!/usr/bin/env python3
"""`spoor-uplink` over a real network, against a collector of a few lines: enrolment and everything
that is wrong with one, shipping over TLS 1.3, renewal, and openssl's own idea of what was shown.
Needs root, no kernel audit. uplink_tls_test.py BINARIES [STORY]
"""
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile

from harness import SOURCE, Failure, require, wait_until

RECORDING = os.path.join(SOURCE, "tests", "golden", "records", "demo_session.rec")
UPLINK_UID, AGENT_UID = 64198, 64199
TOKEN = "toy-token"


class Collector:
    """spoor-toy-collector; `prefix` may put it elsewhere."""

    def __init__(self, space, life_s=7_776_000, address="127.0.0.1:0", prefix=()):
        self.said_path = space.path("collector-%d.log" % len(os.listdir(space.folder)))
        with open(self.said_path, "wb") as said:
            self.process = subprocess.Popen(
                [*prefix, os.path.join(space.bin, "spoor-toy-collector"), address, str(life_s)],
                stdin=subprocess.PIPE, stdout=said, stderr=subprocess.DEVNULL)
        space.started.append(self.process)
        first = wait_until("the collector to listen", lambda: self.lines("listening"))[0]
        self.port, self.fingerprint = first.split()[1:]
        self.address = address.rsplit(":", 1)[0] + ":" + self.port

    def lines(self, word):
        with open(self.said_path, encoding="utf-8") as said:
            return [line for line in said.read().split("\n") if line.split(" ")[0] == word]

    def revoke(self, yes):
        self.order(b"r\n" if yes else b".\n")

    def order(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()


class Space:
    """A host's folders, and its programs."""

    def __init__(self, binaries):
        self.bin = os.path.abspath(binaries)
        self.folder = tempfile.mkdtemp(prefix="spoor-uplink-tls-")
        os.chmod(self.folder, 0o755)
        self.started = []
        for name, uid in (("state", UPLINK_UID), ("commit", UPLINK_UID), ("etc", 0)):
            os.mkdir(self.path(name), 0o755)
            os.chown(self.path(name), uid, uid)
        self.write("etc/machine-id", os.urandom(16).hex() + "\n")
        self.configure()
        # Its user need not be able to walk to where the binaries are.
        self.uplink = shutil.copy2(os.path.join(self.bin, "spoor-uplink"), self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def configure(self, *lines):
        self.write("etc/uplink.yml", "\n".join((
            "host: web1", "machine_id_file: " + self.path("etc/machine-id"),
            "spool: {folder: %s}" % self.path("spool"),
            "commit: {folder: %s}" % self.path("commit"),
            "state: {folder: %s}" % self.path("state")) + lines) + "\n")

    def run(self, *arguments, code=0, data=TOKEN + "\n", uid=0):
        """(standard output, standard error) of a command."""
        done = subprocess.run(
            ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid, "--clear-groups", self.uplink,
             "--config", self.path("etc/uplink.yml"), *arguments],
            input=data, capture_output=True, text=True, timeout=90)
        require(done.returncode == code, "%s ended with %d, not %d:\n%s%s" % (
            arguments[0], done.returncode, code, done.stdout, done.stderr))
        return done.stdout, done.stderr

    def enroll_words(self, collector, fingerprint=None, address=None, user=None, trust=None):
        return ("enroll", "--collector", address or collector.address, "--token-file", "-",
                "--ca-fingerprint", fingerprint or collector.fingerprint,
                "--user", user or str(UPLINK_UID), "--agent-user", str(AGENT_UID),
                "--trust-file", trust or self.path("etc/trust"),
                "--checkpoint-key", self.path("etc/checkpoint.pem"))

    def enroll(self, collector, *arguments, code=0, data=TOKEN + "\n", uid=0, **more):
        return self.run(*self.enroll_words(collector, **more), *arguments, code=code, data=data,
                        uid=uid)

    def files(self):
        """Everything that an enrolment could have left, with its content."""
        found = {}
        for name in ("etc", "state"):
            for folder, _, members in os.walk(self.path(name)):
                for member in members:
                    with open(os.path.join(folder, member), "rb") as file:
                        found[os.path.join(folder, member)] = file.read()
        return found

    def start_uplink(self, prefix=()):
        self.log_path = self.path("uplink.log")
        with open(self.log_path, "ab") as log:
            process = subprocess.Popen(
                [*prefix, "setpriv", "--reuid=%d" % UPLINK_UID, "--regid=%d" % UPLINK_UID,
                 "--clear-groups", self.uplink, "--config", self.path("etc/uplink.yml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def make_spool(self):
        """A spool with a recorded session in it."""
        done = subprocess.run([os.path.join(self.bin, "spoor-agent"), "replay", "--seal",
                               self.path("spool"), RECORDING], capture_output=True, text=True)
        require(done.returncode == 0, "replay: " + done.stderr)
        for folder, names, members in os.walk(self.path("spool")):
            for name in [folder] + [os.path.join(folder, n) for n in names + members]:
                os.chown(name, UPLINK_UID, UPLINK_UID)

    def stop(self):
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder)


def end(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


# ------------------------------------------------------------------ stories

def story_enrolment(space):
    """A host gets its identity once; every file is its user's alone."""
    collector = Collector(space)
    out, said = space.run("status", "--user", str(UPLINK_UID), code=1)
    require("Not enrolled" in out, out + said)
    out, _ = space.enroll(collector)
    require("Enrolled as web1" in out and "env=prod" in out and "\a" not in out, out)
    for name, uid, mode in (("state/identity/identity.pem", UPLINK_UID, 0o600),
                            ("state/identity", UPLINK_UID, 0o700),
                            ("state/identity/root.pem", UPLINK_UID, 0o644),
                            ("etc/trust", 0, 0o644), ("etc/checkpoint.pem", AGENT_UID, 0o400)):
        found = os.stat(space.path(name))
        require((found.st_uid, stat.S_IMODE(found.st_mode)) == (uid, mode),
                "%s is %d's with mode %o" % (name, found.st_uid, found.st_mode))
    log = re.search(r"^log ([0-9a-f]{32})$", space.read("etc/trust"), re.M).group(1)
    require(bytes.fromhex(log) == b"L" * 16, "trust has the log " + log)
    require(space.read("state/log_id") == log + "\n", "bound to " + space.read("state/log_id"))
    out, _ = space.run("status", "--user", str(UPLINK_UID))
    require("Agent        web1" in out and collector.address in out, out)
    out, _ = space.run("status", uid=UPLINK_UID)
    require("Agent        web1" in out, out)
    # What openssl makes of it.
    said = subprocess.run(["openssl", "verify", "-CAfile", space.path("state/identity/root.pem"),
                           "-untrusted", space.path("state/identity/identity.pem"),
                           space.path("state/identity/identity.pem")],
                          capture_output=True, text=True)
    require(said.returncode == 0, "openssl verify: " + said.stdout + said.stderr)
    said = subprocess.run(["openssl", "pkey", "-in", space.path("etc/checkpoint.pem"), "-noout",
                           "-text"], capture_output=True, text=True).stdout
    require("ED25519" in said, "the checkpoint key is " + said)

    before = space.files()
    _, said = space.enroll(collector, code=1)
    require("enrolled already" in said and "--force" in said, said)
    require(space.files() == before and len(collector.lines("enrolled")) == 1,
            "refused, and yet something changed")
    space.enroll(collector, "--force")
    after = space.files()
    require(set(after) == set(before), "other files than before: %s" % sorted(after))
    require(after[space.path("state/identity/identity.pem")]
            != before[space.path("state/identity/identity.pem")], "the same identity")


def story_typed_token(space):
    """Whoever types the token ends it with Enter."""
    collector = Collector(space)
    keyboard, terminal = os.openpty()
    program = subprocess.Popen(
        [space.uplink, "--config", space.path("etc/uplink.yml"), *space.enroll_words(collector)],
        stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    space.started.append(program)
    os.write(keyboard, TOKEN.encode() + b"\n")
    wait_until("the enrolment to end", lambda: program.poll() is not None)
    said = program.stdout.read()
    require(program.returncode == 0 and said.startswith("Token: Enrolled as web1"), said)
    os.close(keyboard)
    os.close(terminal)


def story_agents_key(space):
    """What speaks with the network at an enrolment cannot know the agent's key."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(1)
        program = subprocess.Popen(
            [space.uplink, "--config", space.path("etc/uplink.yml"), *space.enroll_words(
                None, address="127.0.0.1:%d" % mute.getsockname()[1],
                fingerprint="sha256:" + "0" * 64)], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        space.started.append(program)
        program.stdin.write(TOKEN.encode() + b"\n")
        program.stdin.close()
        caller, _ = mute.accept()
        with caller:
            require(caller.recv(1) == b"\x16", "no handshake")
            # The parent, which makes the key, shows that it would be found.
            wait_until("the agent's key in the parent", lambda: ed25519_keys(program.pid))
            child = subprocess.run(["ps", "-o", "pid=", "--ppid", str(program.pid)],
                                   capture_output=True, text=True, check=True).stdout.strip()
            require(not ed25519_keys(child), "who speaks with the network has the agent's key")
            program.kill()


def ed25519_keys(pid):
    """How often one in PEM begins in a process's memory."""
    found = 0
    with open("/proc/%s/maps" % pid) as maps, open("/proc/%s/mem" % pid, "rb") as memory:
        for line in maps:
            place, may = line.split()[:2]
            begin, end = (int(at, 16) for at in place.split("-"))
            if "w" in may:
                memory.seek(begin)
                found += memory.read(end - begin).count(b"MC4CAQAwBQYDK2VwBCIEI")
    return found


def story_refusals(space):
    """Whatever is wrong, it is said what to do, and nothing is left."""
    collector, other = Collector(space, address="0.0.0.0:0"), Collector(space)
    collector.address = "127.0.0.1:" + collector.port
    before = space.files()

    def refused(words, *arguments, code=1, **more):
        _, said = space.enroll(collector, *arguments, code=code, **more)
        require(words in said, "%r is not in: %s" % (words, said))
        require(TOKEN not in said, "the token was printed: " + said)
        require(space.files() == before, "something is left: %s" % sorted(space.files()))

    refused("not the collector with that fingerprint", fingerprint=other.fingerprint)
    refused("a fingerprint is `sha256:`", fingerprint="sha256:00", code=2)
    refused("this token is not known", data="stolen\n")
    refused("the token is empty", data="")
    refused("no token: one word", data="two words\n")
    refused("no TLS 1.3", address="127.0.0.1:1")
    refused("HOST:PORT", address="nonsense", code=2)
    refused("nobody is enrolled", address="unix:/run/x", code=2)
    refused("run it as root", uid=UPLINK_UID)
    refused("there is no account nobody-at-all", user="nobody-at-all")
    refused("no-such-folder", trust=space.path("no-such-folder/trust"))
    refused("--no-such-option", "--no-such-option", code=2)
    # By a name that the certificate does not have.
    refused("is not good for 127.0.0.2", address="127.0.0.2:" + collector.port)
    os.chown(space.path("state"), 0, 0)
    refused("write to " + space.path("state"))
    os.chown(space.path("state"), UPLINK_UID, UPLINK_UID)
    require(not collector.lines("enrolled"), "it enrolled somebody")
    # The last step fails: what was placed before it is taken back.
    space.write("etc/trust", "old trust\n")
    before = space.files()
    os.mkdir(space.path("state/log_id"))
    refused("log_id")
    os.rmdir(space.path("state/log_id"))
    require(len(collector.lines("enrolled")) == 1, "that step was not reached")


def story_shipping(space):
    """What lies in the spool is committed over TLS, to whoever enrolled the host."""
    space.make_spool()
    collector = Collector(space)
    space.enroll(collector)
    collector.order(b"b\n")  # the first answer is a text that is none
    uplink = space.start_uplink()
    wait_until("a commit", lambda: os.path.exists(space.path("commit", "access"))
               or os.path.exists(space.path("commit", "command")))
    require(collector.lines("frame"), "no frame came")
    require("libprotobuf" not in space.read("uplink.log"), "libprotobuf speaks in the log")
    out, _ = space.run("status", "--user", str(UPLINK_UID))
    require(re.search(r"Last commit +20.* ago", out), out)
    require(end(uplink) == 0, "the uplink did not stop in order")
    # As root it does not ship at all.
    space.run("run", code=1)


def story_renewal(space):
    """A certificate of seconds is renewed by itself, also after it expired; the next connection
    shows the new one."""
    space.make_spool()
    collector = Collector(space, life_s=6)
    space.enroll(collector)
    first = collector.lines("enrolled")[0].split()[1]
    uplink = space.start_uplink()
    wait_until("a connection", lambda: collector.lines("hello"))
    require(collector.lines("hello")[0].split()[1] == first, "another certificate was shown")
    wait_until("a renewal", lambda: collector.lines("renewed"))
    require(end(uplink) == 0, "the uplink did not stop in order")
    serials = [line.split()[1] for line in collector.lines("renewed")]
    require(first not in serials, "the same certificate again")
    shown = wait_until("the renewed one to be in place", lambda: re.search(
        r"Serial +(\w+)", space.run("status", uid=UPLINK_UID,
                                    code=0 if "EXPIRED" not in status(space) else 1)[0]))
    require(shown.group(1) in serials, "status shows another")

    wait_until("it to expire", lambda: "EXPIRED" in status(space), every_s=0.2)
    known, hellos = len(collector.lines("renewed")), len(collector.lines("hello"))
    uplink = space.start_uplink()
    wait_until("a renewal of the expired one", lambda: len(collector.lines("renewed")) > known)
    wait_until("a connection", lambda: len(collector.lines("hello")) > hellos)
    require(end(uplink) == 0, "the uplink did not stop in order")
    hellos = len(collector.lines("hello"))
    uplink = space.start_uplink()
    wait_until("a connection", lambda: len(collector.lines("hello")) > hellos)
    require(collector.lines("hello")[hellos].split()[1] in
            [line.split()[1] for line in collector.lines("renewed")], "an old one was shown")
    require(end(uplink) == 0, "the uplink did not stop in order")
    # Revoked: that is said, with what to do.
    collector.revoke(True)
    wait_until("it to expire", lambda: "EXPIRED" in status(space), every_s=0.2)
    uplink = space.start_uplink()
    wait_until("the refusal to be told",
               lambda: "it was revoked" in space.read("uplink.log")
               and "spoor-uplink enroll --force" in space.read("uplink.log"))
    require(end(uplink) == 0, "the uplink did not stop in order")


def status(space):
    done = subprocess.run([space.uplink, "--config", space.path("etc/uplink.yml"), "status",
                           "--user", str(UPLINK_UID)], capture_output=True, text=True)
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_of_openssl(space, version, port):
    """openssl s_server with a certificate that signed itself."""
    said = open(space.path("s_server-%s.log" % version), "w+", encoding="utf-8")
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", "127.0.0.1:%d" % port, "-cert", space.path("server.pem"),
         "-key", space.path("server.key"), "-CAfile", space.path("ca.pem"), "-alpn", "h2",
         "-Verify", "1", "-" + version, "-naccept", "1000"],
        stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT)
    space.started.append(process)
    wait_until("s_server to listen", lambda: "ACCEPT" in space.read(os.path.basename(said.name)))
    return os.path.basename(said.name)


def story_versions(space):
    """TLS 1.3 or nothing, as openssl sees it; RSA servers, whose ciphers 1.2 would have, too."""
    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        require(done.returncode == 0, " ".join(arguments) + ": " + done.stderr)
        return done.stdout
    for kind in ("ec", "rsa"):
        key = (["-newkey", "rsa:2048"] if kind == "rsa" else
               ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        openssl("req", "-x509", *key, "-nodes", "-keyout", space.path("server.key"), "-out",
                space.path("server.pem"), "-subj", "/CN=c", "-days", "1", "-addext",
                "subjectAltName=IP:127.0.0.1")
        shutil.copy(space.path("server.pem"), space.path("ca.pem"))
        fingerprint = "sha256:" + openssl("x509", "-in", space.path("server.pem"), "-noout",
                                          "-fingerprint", "-sha256").split("=")[1].strip()
        for version in ("tls1_2", "tls1_3"):
            port = free_port()
            name = server_of_openssl(space, version, port)
            _, said = space.enroll(None, fingerprint=fingerprint, code=1,
                                   address="127.0.0.1:%d" % port)
            if version == "tls1_2":
                require("no TLS 1.3 with 127.0.0.1" in said, said)
            else:  # it is no collector; but that far it came
                require("no TLS 1.3" not in said and "fingerprint" not in said, said)
            require("Cipher is TLS_AES" not in said and TOKEN not in space.read(name),
                    "the token went out")

    # The long way, with an identity in place: gRPC's own handshake.
    space.make_spool()
    collector = Collector(space)
    space.enroll(collector)
    shutil.copy(space.path("server.pem"), space.path("state/identity/root.pem"))
    for version, words in (("tls1_2", "no shared cipher"), ("tls1_3", "CIPHER is TLS_AES")):
        port = free_port()
        name = server_of_openssl(space, version, port)
        space.configure("collector: {addresses: ['127.0.0.1:%d']}" % port)
        uplink = space.start_uplink()
        wait_until("s_server to say %s" % words, lambda: words in space.read(name))
        if version == "tls1_3":
            wait_until("the certificate to be shown",
                       lambda: "-----BEGIN CERTIFICATE-----" in space.read(name))
        else:
            require("BEGIN CERTIFICATE" not in space.read(name), space.read(name))
        require(end(uplink) == 0, "the uplink did not stop in order")


def story_network(space):
    """A network that is cut and comes back, between two network namespaces: what was spooled is
    committed then, by an address in turn."""
    name = "spoor-%d" % os.getpid()
    ip = lambda *arguments: subprocess.run(["ip", *arguments], check=True, capture_output=True)
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        print("  no network namespaces here: left out")
        return
    inside = ("ip", "netns", "exec", name)
    veth = "sp%d" % (os.getpid() % 100_000)
    try:
        ip("link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", "10.64.199.2/24", "dev", veth)
        ip("link", "set", veth, "up")
        ip("-n", name, "addr", "add", "10.64.199.1/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        collector = Collector(space, address="10.64.199.1:4460", prefix=inside)
        space.enroll(collector)
        space.configure("collector: {addresses: ['127.0.0.1:1', '10.64.199.1:4460']}")
        ip("link", "set", veth, "down")
        space.make_spool()
        uplink = space.start_uplink()
        wait_until("the uplink to miss its collector", lambda: "10.64.199.1:4460: " in
                   space.read("uplink.log") and "127.0.0.1:1: " in space.read("uplink.log"))
        require(not collector.lines("hello"), "it came through a cut network")
        ip("link", "set", veth, "up")
        wait_until("a commit", lambda: os.path.exists(space.path("commit", "access"))
               or os.path.exists(space.path("commit", "command")))
        require(end(uplink) == 0, "the uplink did not stop in order")
    finally:
        for process in space.started:
            if process.poll() is None:
                end(process)
        subprocess.run(["ip", "link", "del", veth], capture_output=True)
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


STORIES = (story_enrolment, story_typed_token, story_agents_key, story_refusals, story_shipping,
           story_renewal, story_versions, story_network)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    wanted = sys.argv[2:]
    for story in STORIES:
        name = story.__name__[len("story_"):]
        if wanted and name not in wanted:
            continue
        print("%s: %s" % (name, story.__doc__.split("\n")[0]), flush=True)
        space = Space(sys.argv[1])
        try:
            story(space)
        except Failure:
            if os.path.exists(space.path("uplink.log")):
                print(space.read("uplink.log")[-4000:])
            raise
        finally:
            space.stop()
    print("all is as it should be")


if __name__ == "__main__":
    main()
