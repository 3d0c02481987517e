#!/usr/bin/env python3
"""Agents that do what no agent does, against the real collector over TLS: each with a good
certificate, or with none. Each is refused with a code and in words, an operator can see it as an
event, and an honest agent's commits go on coming. Needs root, no kernel audit.
hostile_agent_test.py BINARIES"""
import os
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

from enrolment_site import Host, Site
from harness import SKIPPED, PATIENCE_S, require, wait_until

# What the collector may hold over all this, of which it was sent 600 MiB in two messages and
# unfolded 480 MiB: its queue has 64, an event that it looks at up to 64, gRPC 24 of a connection.
RSS_MAX_KB = 320 << 10
# Of a message that never ends: what may be unread, and what was on its way until it was cut.
HIDDEN_BYTES_MAX = 60 << 20
# Of the collector, so that there is an end to them in this test.
DESCRIPTORS_MAX = 400


class Hostile:
    """The attacking program, as one enrolled host or as none."""

    def __init__(self, site, binaries, host):
        self.site, self.host = site, host
        self.program = os.path.join(binaries, "spoor-test-hostile")

    def argv(self, attack, *arguments, certified=True):
        return [self.program, self.site.address, self.host.path("state", "identity", "root.pem"),
                self.host.identity if certified else "-", self.host.read("etc/machine-id").strip(),
                attack, *arguments]

    def start(self, attack, *arguments, certified=True):
        return subprocess.Popen(self.argv(attack, *arguments, certified=certified),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)

    def said(self, attack, *arguments, certified=True):
        done = subprocess.run(self.argv(attack, *arguments, certified=certified),
                              capture_output=True, text=True, timeout=PATIENCE_S)
        require(done.returncode == 0, "%s ended with %d: %s" % (attack, done.returncode,
                                                               done.stdout + done.stderr[-500:]))
        return done.stdout


class Honest:
    """An agent that ships all the time."""

    def __init__(self, hostile, folder):
        self.path = os.path.join(folder, "honest.log")
        with open(self.path, "w") as log:
            self.process = subprocess.Popen(hostile.argv("steady"), stdin=subprocess.PIPE,
                                            stdout=log, stderr=subprocess.DEVNULL)
        wait_until("the honest agent's first commit", self.commits)

    def text(self):
        with open(self.path, encoding="utf-8") as log:
            return log.read()

    def stream(self):
        return re.search(r"^stream (\w+)$", self.text(), re.M).group(1)

    def commits(self):
        require(self.process.poll() is None, "the honest agent's call ended: " + self.text()[-500:])
        return self.text().count("commit ")

    def goes_on(self, during):
        """Two commits: it waits for each, and one of a quiet agent may take 1.25 s."""
        before = self.commits()
        wait_until("the honest agent's commits to go on behind %s" % during,
                   lambda: self.commits() > before + 1)

    def end(self):
        self.process.stdin.close()
        require(self.process.wait(30) == 0, "the honest agent ended badly: " + self.text()[-500:])


def peak_kb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


# What is said, what must come back, and in which event it is seen.
ATTACKS = (
    ("large", r"refused CODE_LIMIT a frame larger than 9437184 bytes", "a frame larger than"),
    ("huge", r"refused CODE_LIMIT a message larger than 10485760 bytes", "a message larger than"),
    ("giant", r"commits 0\nended 14\n", "a message that is too long"),  # UNAVAILABLE: a reset
    ("zipped", r"commits 0\nended 12\n", None),  # UNIMPLEMENTED
    ("lying_bomb", r"refused CODE_CORRUPT .*", "ship refused"),
    ("chain", r"wish 1\n(.*\n)*refused CODE_FORK", "KIND_FORK"),
    ("fork", r"wish 1\n(.*\n)*refused CODE_FORK", "KIND_FORK"),
    ("jump", r"refused CODE_GAP .*", "ship refused"),
    ("not_offered", r"refused CODE_PROTOCOL a frame of a stream that the Hello did not offer",
     "did not offer"),
    ("other_log", r"refused CODE_LOG_ID .*", "ship refused"),
    ("streams", r"refused CODE_LIMIT .*streams.*\n(.*\n)*refused CODE_LIMIT .*too many streams",
     "too many streams"),
    ("deaf", r"commits [1-9]\d*\nended 0\n", None),
    ("hellos", r"refused CODE_PROTOCOL a second Hello", "a second Hello"),
    ("bomb", r"commits [1-9]\d*\nended 0\n", None),
    ("broken_text", r"refused CODE_PROTOCOL this is no message", "no message of the protocol"),
)


def told(site):
    """Each event of a refusal is a line of the collector's log, too."""
    return site.collector.log(whole=True)


def wait_until_told(site, event, again):
    """Of a kind one is told a second: what fell into another's is done again."""
    def is_told():
        if event in told(site):
            return True
        again()
        return False
    wait_until("an event '%s'" % event, is_told, every_s=1)


def check_attacks(site, hostile, honest):
    for attack, answer, event in ATTACKS:
        began = time.monotonic()
        said = hostile.said(attack)
        require(re.search(answer, said), "%s: %r is not in: %s" % (attack, answer, said))
        print("  %-12s %.1f s, at most %d MiB: %s" % (
            attack, time.monotonic() - began, peak_kb(site.collector.pid) >> 10,
            said.replace("\n", "; ")[:90]), flush=True)
        honest.goes_on(attack)
        if event:
            wait_until_told(site, event, lambda: hostile.said(attack))


def door(site):
    host, port = site.address.rsplit(":", 1)
    return host, int(port)


def frame(kind, flags, stream, data):
    return struct.pack(">I", len(data))[1:] + struct.pack(">BBI", kind, flags, stream) + data


class RawCalls:
    """Calls in HTTP/2's own bytes: what gRPC's client would not send."""
    PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8

    def __init__(self, site, identity=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        if identity:
            context.load_cert_chain(identity)
        self.socket = context.wrap_socket(socket.create_connection(door(site)))
        self.windows, self.initial, self.buffer, self.is_over = {0: 65535}, 65535, b"", False
        self.socket.sendall(self.PREFACE + frame(self.SETTINGS, 0, 0, b""))

    def open(self, stream, path):
        self.windows[stream] = self.initial
        self.socket.sendall(frame(self.HEADERS, 4, stream, b"".join(
            b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in (
                (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"),
                (b":path", path), (b"content-type", b"application/grpc"), (b"te", b"trailers")))))

    def send(self, stream, data):
        """All of it, as the windows allow; nothing once a call or the connection has ended."""
        while data and not self.is_over:
            size = min(len(data), 16384, self.windows[stream], self.windows[0])
            try:
                if size > 0:
                    self.windows[stream] -= size
                    self.windows[0] -= size
                    self.socket.sendall(frame(self.DATA, 0, stream, data[:size]))
                    data = data[size:]
                self.listen(PATIENCE_S if size == 0 else 0)
            except OSError:
                self.is_over = True

    def listen(self, wait_s):
        while self.socket.pending() or select.select([self.socket], [], [], wait_s)[0]:
            wait_s = 0
            came = self.socket.recv(65536)
            self.is_over = self.is_over or not came
            self.buffer += came
            while len(self.buffer) >= 9:
                end = 9 + int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) < end:
                    break
                kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
                self.take(kind, flags, stream, self.buffer[9:end])
                self.buffer = self.buffer[end:]
            if not came:
                return

    def take(self, kind, flags, stream, data):
        if kind == self.SETTINGS and not flags & 1:
            for name, value in struct.iter_unpack(">HI", data):
                if name == 4:
                    for open_stream in set(self.windows) - {0}:
                        self.windows[open_stream] += value - self.initial
                    self.initial = value
            self.socket.sendall(frame(self.SETTINGS, 1, 0, b""))
        elif kind == self.PING and not flags & 1:
            self.socket.sendall(frame(self.PING, 1, 0, data))
        elif kind == self.WINDOW and stream in self.windows:
            self.windows[stream] += struct.unpack(">I", data)[0]
        elif kind in (self.RESET, self.GOAWAY) or (kind == self.HEADERS and flags & 1):
            self.is_over = True


def message(data):
    return struct.pack(">BI", 0, len(data)) + data


def check_hidden(site, hostile, honest):
    """A call says Status without a word again and again; behind these comes a message without an
    end, in a second call. gRPC gathers it until its call or the connection is cut."""
    for path in (b"/spoor.v1.Uplink/Ship", b"/spoor.v1.Enrolment/Enrol",
                 b"/spoor.v1.Enrolment/Renew"):
        calls = RawCalls(site, hostile.host.identity)
        hellos = [bytes.fromhex(line) for line in hostile.said("hellos_in_hex").split()]
        calls.open(1, b"/spoor.v1.Uplink/Ship")
        calls.send(1, message(hellos[0]))
        calls.open(3, path)
        if path.endswith(b"Ship"):
            calls.send(3, message(hellos[1]))
        calls.send(3, struct.pack(">BI", 0, 0x7f000000))
        sent = 0
        while not calls.is_over and sent < HIDDEN_BYTES_MAX:
            calls.send(1, message(b"\x22\0") * 2000)
            calls.send(3, bytes(200_000))
            sent += 200_000
        require(sent < HIDDEN_BYTES_MAX, "%s: a message without an end grew" % path)
        print("  hidden in %s: over after %d MB" % (path.decode(), sent // 1_000_000), flush=True)
        honest.goes_on("a hidden message")


def half_enrolment(site):
    """A call of Enrol that never says the rest of its request."""
    calls = RawCalls(site)
    calls.open(1, b"/spoor.v1.Enrolment/Enrol")
    calls.send(1, struct.pack(">BI", 0, 1000) + b"half")
    return calls.socket


def is_closed(connection):
    connection.settimeout(PATIENCE_S)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    connection.close()


def check_silence(site, hostile):
    """Begins before all else; what it gives checks behind all else that nothing was left open. The
    agent is its own: a fifth call cuts an agent's first."""
    half_open = [socket.create_connection(door(site)) for _ in range(50)]
    for one in half_open[:25]:
        one.sendall(b"\x16\x03\x01")  # the beginning of a handshake
    half_open += [half_enrolment(site) for _ in range(5)]
    silent = [hostile.start("silent") for _ in range(2)]

    def check():
        for program in silent:
            said, _ = program.communicate(timeout=PATIENCE_S)
            require(said.count("ended 1\n") == 40, "not every silent call was cut: " + said)
        for one in half_open:
            is_closed(one)
        wait_until_told(site, "no Hello came",
                        lambda: hostile.start("silent").communicate(timeout=PATIENCE_S))
    return check


def check_handshakes(site):
    """A flood of handshakes that fail at the first word: who begins them needs nothing."""
    hello = bytes.fromhex("160301002f0100002b0303" + "00" * 32 + "000004c02fc0300100")  # TLS 1.2
    for _ in range(200):
        one = socket.create_connection(door(site))
        one.sendall(hello)
        is_closed(one)


def descriptors(site):
    return len(os.listdir("/proc/%d/fd" % site.collector.pid))


def check_descriptors(site, hostile, honest):
    """More connections than the collector has descriptors, which say nothing: who comes with a
    certificate is heard all the while, and behind it."""
    crowd = [socket.create_connection(door(site)) for _ in range(3 * DESCRIPTORS_MAX)]
    wait_until("descriptors to run short", lambda: descriptors(site) > DESCRIPTORS_MAX // 2)
    require(descriptors(site) < DESCRIPTORS_MAX, "no descriptor was left to the log")
    for during in ("many connections", "their end"):
        honest.goes_on(during)
        wait_until("an agent to be heard at " + during,
                   lambda: "did not offer" in hostile.said("not_offered"))
        for one in crowd:
            one.close()


def check_revoked(site, binaries, honest):
    """It does not read that it was revoked: it is cut all the same."""
    host = Host(site, "bad3")
    host.enroll(site.token("--name", host.name))
    deaf = Hostile(site, binaries, host).start("deaf_until_cut")
    require(deaf.stdout.readline() == "shipping\n", "the deaf agent does not ship")
    honest.goes_on("one that does not read")
    site.revoke(host.name, "it does not listen")
    said, _ = deaf.communicate(timeout=PATIENCE_S)
    require(said == "cut\n", "the deaf agent said: " + said)
    honest.goes_on("a revocation")


def check_ipv6(site, hostile):
    """The same door, where each host has more addresses than there are of IPv4."""
    site.address = "[::1]:%d" % door(site)[1]
    said = hostile.said("calls")
    require("too many calls from this address" in said, "calls over IPv6: " + said)
    wait_until_told(site, "bad1 at ::1: ship refused", lambda: hostile.said("other_log"))


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(SKIPPED)
    binaries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="spoor-hostile-") as folder:
        os.chmod(folder, 0o755)
        site = Site(folder, binaries)
        try:
            site.init("--name", "localhost")
            site.listen = "[::]:%d" % door(site)[1]
            site.collector.argv = ["prlimit", "--nofile=%d" % DESCRIPTORS_MAX,
                                   "--"] + site.collector.argv
            site.start()
            require("only %d descriptors" % DESCRIPTORS_MAX in told(site), "the limit is not said")
            hosts = [Host(site, name) for name in ("good1", "bad1", "bad2")]
            for host in hosts:
                host.enroll(site.token("--name", host.name))
            honest = Honest(Hostile(site, binaries, hosts[0]), folder)
            hostile = Hostile(site, binaries, hosts[1])
            check_silence_later = check_silence(site, Hostile(site, binaries, hosts[2]))
            check_attacks(site, hostile, honest)
            said = hostile.said("foreign", honest.stream())
            require("wish 2" in said and "refused CODE_UNAVAILABLE" in said, "foreign: " + said)
            honest.goes_on("the use of its stream")
            said = hostile.said("not_offered", certified=False)
            require("refused CODE_DENIED" in said, "no certificate: " + said)
            said = hostile.said("enrol_giant", certified=False)
            require(said.startswith("ended 14 "), "a long token: " + said)
            honest.goes_on("a long token")
            check_handshakes(site)
            honest.goes_on("handshakes that fail")
            check_hidden(site, hostile, honest)
            check_revoked(site, binaries, honest)
            said = hostile.said("renewals")
            require("too many tries from 127.0.0.1" in said, "renewals: " + said)
            check_descriptors(site, hostile, honest)
            check_silence_later()
            said = hostile.said("calls")
            require("too many calls from this address" in said, "calls: " + said)
            honest.goes_on("too many calls")
            check_ipv6(site, hostile)
            honest.goes_on("calls over IPv6")
            honest.end()
            for words in ("libprotobuf", "ssl_transport_security"):
                require(words not in told(site), words + " speaks in the collector's log")
            line = re.search(r".*refused (an uplink|bad\d): .*", told(site))
            require(not line, "each refusal is a line, without a bound: %s" % (line and line[0]))
            peak = peak_kb(site.collector.pid)
            require(peak < RSS_MAX_KB, "the collector has held %d KiB" % peak)
            print("the collector held at most %d MiB" % (peak >> 10))
            site.stop()
        finally:
            site.kill()
    print("all is as it should be")


if __name__ == "__main__":
    main()
