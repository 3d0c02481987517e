#!/usr/bin/env python3
"""Secrets stay home: no command of tests/golden/redact/secrets.txt leaves its secret in what
`replay` tells, and those of harmless.txt stay as they are; `redact-check` as a user meets it. Needs
no kernel audit. redact_test.py BINARIES
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile

import packed_files
from harness import SOURCE, require

SAMPLES = os.path.join(SOURCE, "tests", "golden", "redact")
PIECE = 9


def commands(name):
    """(line as typed, arguments, secret or None)"""
    with open(os.path.join(SAMPLES, name)) as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and line[0] != "#"]
    for line in lines:
        begin, end = line.find("[["), line.find("]]")
        secret = line[begin + 2:end] if begin >= 0 else None
        marked = line[:begin] + "\x01" + line[end + 2:] if secret else line
        words = [word.replace("\x01", secret or "") for word in split(marked)]
        yield line.replace("[[", "").replace("]]", ""), words, secret


def split(line):
    words, quoted = [""], False
    for char in line:
        if char == "'":
            quoted = not quoted
        elif char == " " and not quoted:
            words.append("")
        else:
            words[-1] += char
    return words


def as_hex(text):
    return text.encode().hex().upper()


def events(line, words):
    """Each place that a command comes from, as records of one event."""
    yield [("EXECVE", "argc=%d %s" % (len(words), " ".join(
        "a%d=%s" % (i, as_hex(word) or '""') for i, word in enumerate(words)))),
        ("PROCTITLE", "proctitle=" + as_hex("\0".join(words)))]
    pieces = []
    for i, word in enumerate(words):
        parts = [word[at:at + PIECE] for at in range(0, len(word), PIECE)]
        for j, part in enumerate(parts):
            size = "a%d_len=%d " % (i, 2 * len(word)) if j == 0 else ""
            pieces.append(("EXECVE", "%sa%d[%d]=%s" % (size, i, j, as_hex(part))))
    yield [("EXECVE", "argc=%d" % len(words))] + pieces
    yield [("USER_CMD", "pid=7 uid=1000 auid=1000 ses=3 msg='cwd=\"/\" cmd=%s "
            "exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'" % as_hex(" ".join(words)))]
    yield [("TTY", "tty pid=9 uid=1000 auid=1000 ses=3 major=136 minor=0 comm=\"bash\" data=%s" %
            as_hex(line + "\r"))]


def write_log(path, name):
    serial = 100
    with open(path, "w") as log:
        for line, words, _ in commands(name):
            for records in events(line, words):
                serial += 1
                for kind, body in records:
                    log.write("type=%s msg=audit(1700000000.%03d:%d): %s\n" % (
                        kind, serial % 1000, serial, body))
    return serial - 100


class Agent:
    def __init__(self, binaries):
        self.program = os.path.join(binaries, "spoor-agent")

    def run(self, *arguments, code=0, given=None):
        done = subprocess.run([self.program, *arguments], input=given, capture_output=True,
                              text=True)
        require(done.returncode == code, "%s ended with %d, not %d:\n%s" % (
            " ".join(arguments), done.returncode, code, done.stderr))
        return done.stdout, done.stderr


def check_replay(agent, folder):
    log = os.path.join(folder, "secrets.log")
    count = write_log(log, "secrets.txt")
    secrets = {secret for _, _, secret in commands("secrets.txt")}
    require(len(secrets) >= 20 and count >= 4 * 80, "too few samples")
    told, _ = agent.run("replay", "--json", log)
    as_it_is, _ = agent.run("replay", "--json", "--no-redact", log)
    for secret in secrets:
        for form in (secret, as_hex(secret), json.dumps(secret)[1:-1]):
            require(form not in told, "replay tells %r" % secret)
        require(secret in as_it_is or json.dumps(secret)[1:-1] in as_it_is or
                as_hex(secret) in as_it_is, "--no-redact hides %r" % secret)
    lines = [json.loads(line) for line in told.splitlines()]
    for event, line in zip(lines, told.splitlines()):
        require(event["rewritten"] or "redacted:" not in line, "not said rewritten: " + line)
    serials = {event["kernel"]["serial"] for event in lines if event.get("kernel")}
    require(len(serials) == count, "%d events, not %d" % (len(serials), count))
    rewritten = {event["kernel"]["serial"] for event in lines
                 if event.get("kernel") and event["rewritten"]}
    require(rewritten == serials, "%d records are as they were" % len(serials - rewritten))


def check_seal(agent, folder):
    """Nor in sealed frames, packed or not; without redaction the same search finds them all."""
    secrets = {secret.encode() for _, _, secret in commands("secrets.txt")}
    forms = secrets | {secret.hex().upper().encode() for secret in secrets}
    for name, options, wanted in (("sealed", [], set()), ("open", ["--no-redact"], secrets)):
        spool = os.path.join(folder, name)
        os.mkdir(spool)
        agent.run("replay", *options, "--seal", spool, "--host", "web1",
                  os.path.join(folder, "secrets.log"))
        found = packed_files.places_of(forms, spool)
        require(wanted <= set(found) and (wanted or not found),
                "%s: %d of %d secrets are there: %s" % (name, len(found), len(secrets),
                                                        sorted(found.items())[:3]))


def check_harmless(agent, folder):
    log = os.path.join(folder, "harmless.log")
    require(write_log(log, "harmless.txt") >= 4 * 80, "too few samples")
    require(agent.run("replay", "--json", log)[0] ==
            agent.run("replay", "--json", "--no-redact", log)[0], "a look-alike was changed")


def check_redact_check(agent, folder):
    out, said = agent.run("redact-check", given="mysql -phunter2x shop\nmkdir -p /srv\n")
    require(out == "mysql -p«redacted:mysql-password» shop\nmkdir -p /srv\n", out)
    require("standard input:1: mysql-password\n" in said and
            said.endswith("2 lines, 1 held a secret: mysql-password 1\n"), said)
    words = ["sh", "-c", "sshpass -p hunter2x ssh db1"]
    out, _ = agent.run("redact-check", "--argv", given=json.dumps(words) + "\n")
    require(shlex.split(out)[2] == "sshpass -p «redacted:sshpass-password» ssh db1", out)
    agent.run("redact-check", "--argv", given="mysql -px\n", code=2)
    agent.run("redact-check", os.path.join(folder, "none"), code=1)
    rules = os.path.join(folder, "rules")
    os.mkdir(rules)
    with open(os.path.join(rules, "ours.yml"), "w") as file:
        file.write("rules:\n  - name: ours\n    words: [tok-]\n    text: '(tok-[0-9]+)'\n")
    out, said = agent.run("redact-check", "--rules", rules, given="mysql -px tok-12\n")
    require(out == "mysql -px «redacted:ours»\n", out)
    with open(os.path.join(rules, "bad.yml"), "w") as file:
        file.write("rules:\n  - name: ours\n    text: '('\n")
    _, said = agent.run("redact-check", "--rules", rules, given="", code=2)
    require("bad.yml:3: text: missing ): (" in said, said)


def main():
    agent = Agent(os.path.abspath(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
        for check in (check_replay, check_seal, check_harmless, check_redact_check):
            check(agent, folder)
            print("%s: well" % check.__name__)


if __name__ == "__main__":
    main()
