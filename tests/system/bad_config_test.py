#!/usr/bin/env python3
"""A bad configuration: every problem at once, as PROGRAM: file:line: what. A bad command line: what
is wrong, and where help is. Both: exit code 2, and nothing is done. No privilege."""
import os
import re
import subprocess
import sys
import tempfile

from harness import PATIENCE_S, Failure, require

# (program, its arguments, the file, the lines that are wrong)
CASES = (
    ("spoor-agent", ["run"],
     "host: web1\nspool:\n  folder: relative/path\n  bytes_max: plenty\nrules:\n"
     "  only_login_uid: nobody\nunknown_key: 1\n", (3, 4, 6, 7)),
    ("spoor-uplink", [],
     "spool:\n  folder: relative/path\nlog_level: loud\nsurprise:\n  more: 1\n", (2, 3, 4)),
    ("spoor-collector", [],
     "log:\n  folder: relative/path\nquery:\n  socket: here\nlog_level: [1, 2]\nextra: 1\n",
     (2, 4, 5, 6)),
    ("spoor-agent", ["run"], "host: [unclosed\n", (None,)),
)



def enroll(collector="c.example:4460", fingerprint="sha256:" + "ab" * 32, token=("--token", "x")):
    return ["spoor-uplink", "enroll", "--collector", collector, "--ca-fingerprint", fingerprint,
            *token]


TOKEN = ["token", "create", "--name", "web*"]
# Wrong values of options.
COMMAND_LINES = (
    ["spoor-agent", "replay", "--node", "", "-"],
    ["spoor-agent", "replay", "--seal", "", "-"],
    ["spoor-agent", "--config", "/nonexistent/agent.yml", "run"],
    ["spoor-uplink", "--config", "/nonexistent/uplink.yml", "run"],
    enroll(token=()),
    enroll(collector="nowhere"),
    enroll(collector="unix:/run/x.sock"),
    enroll(fingerprint="sha256:12"),
    enroll(token=("--token", "two words")),
    ["spoor-collector", "--config", "/nonexistent/collector.yml"],
    ["spoor-collector", *TOKEN, "--ttl", "5x"],
    ["spoor-collector", *TOKEN, "--ttl", "1000d"],
    ["spoor-collector", *TOKEN, "--uses", "0"],
    ["spoor-collector", *TOKEN, "--uses", "many"],
    ["spoor-collector", *TOKEN, "--label", "prod"],
    ["spoor-collector", "token", "create", "--name", "web 1"],
    ["spoor-collector", "agents", "revoke", "web1", "--reason", "x", "--state", "state.db"],
    ["spoor-collector", "init", "--ca-cert", "/etc/hostname"],
    ["spoor-collector", "init", "--ca-folder", "/nonexistent/ca", "--name", "two words"],
    ["spoor-collector-ca", "--folder"],
    ["spoor", "agents", "--label", "prod"],
    ["spoor", "agents", "--state", "well"],
    ["spoor", "sessions", "--collector", "localhost:443"],
    ["spoor", "events", "--since", "soon"],
)


def check_command_line(binaries, command):
    done = subprocess.run([os.path.join(binaries, command[0])] + command[1:], input="",
                          capture_output=True, text=True, timeout=PATIENCE_S)
    said = "%s ended with %d:\n%s" % (" ".join(command), done.returncode, done.stderr)
    require(done.returncode == 2, said)
    if "--config" in command:
        require(re.match(command[0] + ": .*/nonexistent/", done.stderr), said)
    else:
        require(re.search(r"--help|spoor help", done.stderr), said)
    if "--token" in command:
        require("two words" not in done.stderr, "a token is shown: " + said)


def check(binaries, folder, case):
    program, arguments, text, lines = case
    path = os.path.join(folder, program + ".yml")
    with open(path, "w") as file:
        file.write(text)
    done = subprocess.run([os.path.join(binaries, program)] + arguments + ["--config", path],
                          capture_output=True, text=True, timeout=PATIENCE_S)
    said = done.stdout + done.stderr
    require(done.returncode == 2, "%s ended with %d, not 2:\n%s" % (
        program, done.returncode, said))
    told = {int(number) for number in re.findall(
        "^%s: %s" % (program, re.escape(path)) + r":(\d+): \S", said, re.MULTILINE)}
    wanted = {number for number in lines if number}
    require(told >= wanted, "%s told of lines %s, wrong are %s:\n%s" % (
        program, sorted(told), sorted(wanted), said))
    require(told and len(told) >= len(lines), "%s said nothing of use:\n%s" % (program, said))


def main():
    with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
        for case in CASES:
            check(os.path.abspath(sys.argv[1]), folder, case)
    for command in COMMAND_LINES:
        check_command_line(os.path.abspath(sys.argv[1]), command)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
