#!/usr/bin/env python3
"""No secret of tests/golden/redact/secrets.txt gets onto a disk of ours: executed with it, with its
arguments split over records, by sudo, and typed, it is in no spool, saved state, ring, log or file
of the collector, while all run and after they stopped; look-alikes are there unchanged.
secrets_test.py BINARIES"""
import base64
import json
import os

import harness
import packed_files
import private_sshd
import redact_test
import ssh_test
from harness import bytes_of, require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID

# Stands in everything that is done here: who does not find this would find no secret either.
CONTROL = "control-4711-control"
# The kernel writes at most so much into one EXECVE record, and splits the argument that does not
# fit (kernel/auditsc.c, MAX_EXECVE_AUDIT_LEN).
RECORD_ROOM = 7500
SAMPLES_MIN = 80
RUNNER = """
import json, os, sys
home, path = sys.argv[1:]
for program, words in map(json.loads, open(path)):
    pid = os.posix_spawn(os.path.join(home, "bin", program), words, {})
    os.waitpid(pid, 0)
"""


class Samples:
    """Lines with a secret and without; what is executed for them is a program that does nothing."""

    def __init__(self):
        self.secret = list(redact_test.commands("secrets.txt"))
        self.harmless = list(redact_test.commands("harmless.txt"))
        self.secrets = sorted({secret for _, _, secret in self.secret})

    def programs(self):
        named = {os.path.basename(words[0]) for _, words, _ in self.secret + self.harmless}
        return sorted(named - {"bash", "sh", "sudo", "env"})

    def forms(self):
        """What to look for: as it is, and as records and JSON write it."""
        forms = set()
        for secret in self.secrets:
            raw = secret.encode()
            forms |= {raw, raw.hex().upper().encode(), raw.hex().encode(),
                      json.dumps(secret)[1:-1].encode(), base64.b64encode(raw).rstrip(b"=")}
        return forms


def make_programs(deployment, samples):
    folder = deployment.path("home", "bin")
    os.makedirs(folder)
    for name in samples.programs() + ["sh", "bash", "env", "sudo"]:
        path = os.path.join(folder, name)
        with open("/bin/true", "rb") as source, open(path, "wb") as target:
            target.write(source.read())
        os.chmod(path, 0o755)
    return folder


def split_over_records(words):
    """The same command under a long name for its program, so that the record ends within what
    follows: `././…/mysql`."""
    name = os.path.basename(words[0])
    # argc=N a0="…" and what the secret's option needs before it.
    room = RECORD_ROOM - len(name) - 60 - sum(len(word) + 6 for word in words[1:-1])
    return ["./" * (max(room, 0) // 2) + name] + words[1:]


def run_all(deployment, name, commands):
    """As one session of the demo user: each with its arguments exactly as given."""
    path = deployment.path("home", name)
    with open(path, "w") as file:
        for words in commands:
            file.write(json.dumps([os.path.basename(words[0]), words]) + "\n")
    script = deployment.path("home", "runner.py")
    with open(script, "w") as file:
        file.write(RUNNER)
    done = deployment.session("/usr/bin/python3", script, deployment.path("home"), path, pty=False)
    require(done.wait() == 0, "%s ended with %d" % (name, done.returncode))
    # What it was told to run is no file of ours.
    os.unlink(path)


def run_by_sudo(deployment, folder, samples):
    """sudo's records (USER_CMD) and its lines in the log."""
    lines = []
    for _, words, _ in samples.secret:
        name = os.path.basename(words[0])
        lines.append("sudo -n " + " ".join(map(quoted, [os.path.join(folder, name)] + words[1:])))
    path = deployment.path("home", "by-sudo")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\nexit 0\n")
    done = deployment.session("/bin/bash", path, pty=False)
    require(done.wait() == 0, "sudo: %d" % done.returncode)
    os.unlink(path)


def quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"


def type_all(sshd, folder, samples):
    """On a terminal, into a shell that executes them: pam_tty_audit tells what was typed. What bash
    makes of the line is another matter, so the control stands alone."""
    # A quote without its other half would take in all lines that follow.
    lines = [line for line, _, _ in samples.secret if line.count("'") % 2 == 0]
    typed = ["PATH=%s" % folder] + lines + [CONTROL]
    code, said = sshd.ssh(tty=True, stdin="".join(line + "\n" for line in typed).encode() +
                          b"\nexit 0\n")
    require(code == 0, "the shell ended with %d: %s" % (code, said[-500:]))


def searched(samples, folders, when, shown=True):
    """Nothing that was secret is in any of the folders; in all of them together the control is."""
    controls, leaks = 0, []
    for folder in folders:
        found = packed_files.places_of(samples.forms() | {CONTROL.encode()}, folder)
        controls += found.pop(CONTROL.encode(), None) is not None
        leaks += sorted(found.items())
    require(not leaks, "%s, %d secrets are on disk: %s" % (when, len(leaks), leaks[:9]))
    require(controls > 0 or not shown, "%s, the search finds nothing at all" % when)


def folders_of(deployment):
    return [deployment.path(name) for name in ("spool", "agent-state", "uplink-state", "commit",
                                               "log")]


def check_output(deployment, samples):
    """What operators get, and our own logs."""
    told = b""
    names = [line["session"]["name"] for line in deployment.json_lines("sessions", "--all")
             if "session" in line]
    for name in names:
        told += deployment.cli("trail", name, "--json").stdout
        told += deployment.cli("trail", name, "--files", "--network", "--input").stdout
    for program in (deployment.agent, deployment.uplink, deployment.collector):
        told += program.log(whole=True).encode()
    found = [form for form in samples.forms() if form in told]
    require(not found, "operators are told %s" % found[:5])
    require(CONTROL.encode() in told, "operators are told nothing")
    markers = told.count("«redacted:".encode())
    require(markers >= len(samples.secret), "only %d markers" % markers)


def check_harmless(deployment, samples):
    """Each is a command with its arguments as they were given."""
    there = set()
    for session in deployment.sessions():
        trail = deployment.trail(session["name"])
        there |= {tuple(map(bytes_of, command["args"])) for command in trail.commands}
    wanted = [tuple(word.encode() for word in words) for _, words, _ in samples.harmless]
    missing = [words for words in wanted if words not in there]
    require(not missing, "%d look-alikes were changed: %s" % (len(missing), missing[:3]))


def all_arrived(deployment):
    """Everything of every session is in the collector."""
    def done():
        ours = [s for s in deployment.sessions() if s.get("login_uid") == LOGIN_UID]
        return len(ours) >= 5 and all(
            s["state"] == "STATE_CLOSED" and s["commands_running"] == 0 for s in ours)
    wait_until("all sessions to end", done, every_s=0.3)


def saved_again(deployment):
    """Waits for two saves, of which there is one every ten seconds: with the second, what the first
    one covers is gone from the ring."""
    path = deployment.path("agent-state", "state")
    for _ in range(2):
        before = os.stat(path).st_mtime_ns
        wait_until("the agent's state to be saved",
                   lambda before=before: os.stat(path).st_mtime_ns != before, every_s=0.1)


def story(deployment, sshd):
    samples = Samples()
    require(len(samples.secret) >= SAMPLES_MIN and len(samples.harmless) >= SAMPLES_MIN,
            "too few samples")
    folder = make_programs(deployment, samples)
    control = [["mysql", CONTROL]]
    run_all(deployment, "plain", control + [words for _, words, _ in samples.secret])
    run_all(deployment, "split", control + [split_over_records(words)
                                            for _, words, _ in samples.secret])
    run_all(deployment, "look-alikes", [words for _, words, _ in samples.harmless])
    run_by_sudo(deployment, folder, samples)
    type_all(sshd, folder, samples)
    # The log of sudo and sshd is the host's own: that it has secrets shows that they were there.
    def told():
        log = "\n".join(sshd.lines())
        return sum(secret in log for secret in samples.secrets) >= len(samples.secrets) // 2
    wait_until("sudo's lines to have them", told, every_s=0.3)
    all_arrived(deployment)
    saved_again(deployment)
    searched(samples, folders_of(deployment), "while all run")
    check_output(deployment, samples)
    check_harmless(deployment, samples)
    deployment.stop()
    searched(samples, folders_of(deployment), "after they stopped")
    print("%d secrets in %d commands, four ways each" % (
        len(samples.secrets), len(samples.secret)))


def write_rules():
    ssh_test.write_rules()
    with open("/etc/sudoers.d/" + LOGIN_NAME, "w") as file:
        file.write("%s ALL=(ALL) NOPASSWD: ALL\n" % LOGIN_NAME)


def test(deployment):
    with private_sshd.beside(deployment, write_rules) as sshd:
        story(deployment, sshd)


if __name__ == "__main__":
    harness.run_test(test)
