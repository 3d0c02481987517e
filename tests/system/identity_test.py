#!/usr/bin/env python3
"""init, a token and the CA as real programs: what init leaves is whose it must be, a host's request
becomes a certificate that openssl takes for good, and what is refused says why. Needs root, since
each program runs as a user of its own; touches nothing outside its folder."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

from harness import SKIPPED, Failure, require, wait_until

CA_UID, COLLECTOR_UID, OTHER_UID = 64196, 64195, 64194


def run(*argv, ok=True):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    said = done.stdout + done.stderr
    require((done.returncode == 0) == ok, "%s ended with %d:\n%s" % (
        " ".join(argv), done.returncode, said))
    return said


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, value):
    """One field of a protobuf message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(message):
    """{number: value} of a protobuf message; of a repeated field the last."""
    out, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(message):
        key = number()
        value = number()
        if key & 7 == 2:
            value, at = message[at:at + value], at + value
        out[key >> 3] = value
    return out


class Ca:
    """A CA of init's in a folder of its own, with its program running."""

    def __init__(self, binaries, folder):
        self.collector = os.path.join(binaries, "spoor-collector")
        self.program = os.path.join(binaries, "spoor-collector-ca")
        self.folder, self.process = folder, None
        self.ca, self.tls = os.path.join(folder, "ca"), os.path.join(folder, "tls")
        self.root_key = os.path.join(folder, "root.key")
        self.sockets = os.path.join(folder, "run")
        os.chmod(folder, 0o755)
        os.mkdir(self.sockets)
        os.chown(self.sockets, CA_UID, CA_UID)
        os.chmod(self.sockets, 0o755)
        self.socket = os.path.join(self.sockets, "ca.sock")

    def init(self, *more, ok=True):
        return run(self.collector, "init", "--name", "spoor.example.org", "--ca-folder", self.ca,
                   "--tls-folder", self.tls, "--root-key", self.root_key, "--ca-user", str(CA_UID),
                   "--collector-user", str(COLLECTOR_UID), *more, ok=ok)

    def token(self, *arguments, ok=True):
        return run(self.collector, "token", arguments[0], "--ca-folder", self.ca, *arguments[1:],
                   ok=ok)

    def start(self):
        self.process = subprocess.Popen(
            ["setpriv", "--reuid=%d" % CA_UID, "--regid=%d" % CA_UID, "--clear-groups", "--",
             self.program, "--folder", self.ca, "--socket", self.socket, "--peer",
             str(COLLECTOR_UID)], stderr=subprocess.DEVNULL)
        wait_until("the CA to answer", self.answers)

    def answers(self):
        require(self.process.poll() is None, "the CA ended with %s" % self.process.returncode)
        return self.ask(b"\xff") is not None

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def ask(self, question, uid=COLLECTOR_UID):
        """The answer's fields, asked as that user; None: sent away."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setresuid(uid, uid, uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
                link.settimeout(20)
                try:
                    link.connect(self.socket)
                    link.send(question)
                    os.write(writer, link.recv(1 << 16))
                except OSError:
                    pass
            os._exit(0)
        os.close(writer)
        answer = b""
        while True:
            piece = os.read(reader, 1 << 16)
            if not piece:
                break
            answer += piece
        os.close(reader)
        os.waitpid(child, 0)
        return fields(answer) if answer else None


def request_of(folder, name):
    key = os.path.join(folder, name + ".key")
    der = os.path.join(folder, name + ".der")
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    run("openssl", "req", "-new", "-key", key, "-subj", "/CN=root", "-outform", "DER", "-out", der)
    with open(der, "rb") as file:
        return file.read()


def sign_question(token, request, host, machine):
    return field(1, field(1, token.encode()) + field(2, request) + field(3, machine)
                 + field(4, host.encode()))


def check_files(ca):
    wanted = {ca.ca: (CA_UID, 0o700), ca.ca + "/issuing.key": (CA_UID, 0o600),
              ca.ca + "/ca.db": (CA_UID, 0o600), ca.tls + "/server.key": (COLLECTOR_UID, 0o600),
              ca.root_key: (0, 0o600)}
    for path, (uid, mode) in wanted.items():
        info = os.stat(path)
        require((info.st_uid, info.st_mode & 0o777) == (uid, mode), "%s: uid %d, mode %o" % (
            path, info.st_uid, info.st_mode & 0o777))


def check_server(ca, said):
    run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
        "spoor.example.org", "-CAfile", ca.tls + "/authorities.pem", "-untrusted",
        ca.tls + "/server.pem", ca.tls + "/server.pem")
    told = re.search(r"sha256:([0-9a-f]{64})", said).group(1)
    seen = run("openssl", "x509", "-in", ca.tls + "/authorities.pem", "-noout", "-fingerprint",
               "-sha256")
    require(told == seen.split("=")[1].strip().replace(":", "").lower(), "another fingerprint")


def check_enrolment(ca):
    token = ca.token("create", "--name", "web*", "--label", "env=prod", "--uses", "1").strip()
    machine = bytes(range(16))
    request = request_of(ca.folder, "web1")
    question = sign_question(token, request, "web1", machine)
    require(ca.ask(question, OTHER_UID) is None, "somebody else was answered")
    refused = ca.ask(sign_question(token, request, "db1", machine))
    require(refused.get(1) and b"web*" in refused[2], "a name that does not fit: %s" % refused)
    answer = ca.ask(question)
    require(not answer.get(1), "refused: %s" % answer)
    identity = fields(answer[3])
    require(identity[1] == b"web1", "another name: %s" % identity[1])
    chain = os.path.join(ca.folder, "web1.pem")
    with open(chain, "wb") as file:
        file.write(identity[3])
    run("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile",
        ca.tls + "/authorities.pem", "-untrusted", chain, chain)
    shown = run("openssl", "x509", "-in", chain, "-noout", "-subject", "-ext", "subjectAltName")
    require("CN = web1" in shown and "spoor:machine:" + machine.hex() in shown, shown)
    used_up = ca.ask(sign_question(token, request, "web2", bytes(16 * [7])))
    require(b"used up" in used_up[2], "a second use: %s" % used_up)
    require("1/1" in ca.token("list"), "the use is not shown")
    with open(ca.ca + "/ca.db", "rb") as file:
        require(token.encode() not in file.read(), "the token is in ca.db")


def check_survives(ca):
    """Rubbish does not end it, and killed in the middle it counts on."""
    token = ca.token("create", "--name", "*", "--uses", "2").strip()
    for rubbish in (b"\xff" * 100, b"", b"\x0a\xff\xff\xff\xff\x0f"):
        ca.ask(rubbish)
    request = request_of(ca.folder, "db")
    require(not ca.ask(sign_question(token, request, "db1", bytes(16 * [1]))).get(1), "db1")
    ca.process.kill()
    ca.process.wait()
    ca.start()
    require(not ca.ask(sign_question(token, request, "db2", bytes(16 * [2]))).get(1), "db2")
    third = ca.ask(sign_question(token, request, "db3", bytes(16 * [3])))
    require(b"used up" in third[2], "a third use of two: %s" % third)


def main():
    if os.geteuid() != 0:
        print("needs root, to run each program as its user")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
        ca = Ca(os.path.abspath(sys.argv[1]), folder)
        try:
            said = ca.init()
            check_files(ca)
            check_server(ca, said)
            require("already" in ca.init(ok=False), "a second init does not say why")
            ca.init("--renew-server")
            check_server(ca, said)
            ca.start()
            check_enrolment(ca)
            check_survives(ca)
        finally:
            ca.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
