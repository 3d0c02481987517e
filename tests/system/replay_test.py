#!/usr/bin/env python3
"""`spoor-agent replay` as a user meets it: logs in any order, from a pipe, torn and hostile; JSON,
frames and table; exit codes; a process without privilege, and memory that does not grow with the
log. Needs no kernel audit. replay_test.py BINARIES
"""
import glob
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))

import generated_log  # noqa: E402
from harness import SOURCE, Failure, require, wait_until  # noqa: E402

RECORDING = os.path.join(SOURCE, "tests", "golden", "records", "demo_session.rec")
NOBODY = 65534
RSS_MAX_KB = 40 << 10


class Replay:
    def __init__(self, binaries, folder):
        self.folder = folder
        self.agent = shutil.copy2(os.path.join(binaries, "spoor-agent"), folder)
        # Its user need not be able to walk to where the sources are.
        self.recording = shutil.copy(RECORDING, folder)
        self.log = self.path("audit.log")
        self.records, _, self.commands = generated_log.write(self.log, 20_000)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def command(self, *arguments):
        user = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
        return (user if os.geteuid() == 0 else []) + [self.agent, "replay", *arguments]

    def run(self, *arguments, code=0, data=None):
        """Without privilege and far from any configuration of ours."""
        done = subprocess.run(self.command(*arguments), input=data, capture_output=True, cwd="/")
        require(done.returncode == code, "replay %s ended with %d, not %d:\n%s" % (
            " ".join(arguments), done.returncode, code, done.stderr.decode("utf-8", "replace")))
        return done.stdout, done.stderr.decode("utf-8", "replace")

    def json(self, *arguments, data=None):
        out, said = self.run("--json", *arguments, data=data)
        events = [json.loads(line) for line in out.splitlines()]
        told = int(re.search(r"([\d,]+) events", said).group(1).replace(",", ""))
        require(told == len(events), "%d events told, %d written" % (told, len(events)))
        return events


def any_order_and_any_source(replay):
    events = replay.json(replay.log)
    started = [e for e in events if "command_started" in e]
    require(len(started) == replay.commands, "%d commands of %d" % (
        len(started), replay.commands))
    with open(replay.log, "rb") as file:
        data = file.read()
    cuts = [0, data.index(b"\n", len(data) // 3) + 1, data.index(b"\n", len(data) // 2) + 1, None]
    parts = [replay.file("audit.log.%d" % (9 - i), data[cuts[i]:cuts[i + 1]]) for i in range(3)]
    require(replay.json(parts[1], parts[0], parts[2]) == events, "rotated logs give other events")
    require(replay.json("-", data=data) == events, "standard input gives other events")
    require(replay.json("-", data=data.replace(b"\n", b"\r\n")) == events,
            "lines that end as on other systems give other events")


def two_hosts_are_kept_apart(replay):
    with open(replay.log, "rb") as file:
        lines = file.read().splitlines(keepends=True)[:2000]
    both = b"".join(b"node=%s %s" % (node, line) for line in lines for node in (b"a", b"b"))
    log = replay.file("both.log", both)
    one = len(replay.json("--node", "a", log))
    require(one > 0 and len(replay.json(log)) == 2 * one, "hosts are mixed")
    _, said = replay.run("--seal", replay.path("sealed-both"), log, code=1)
    require("--node" in said, "nothing says what to do with two hosts: " + said)


def frames_are_sealed(replay):
    target = replay.path("sealed")
    replay.run("--seal", target, replay.recording)
    replay.run("--seal", target, replay.recording)  # goes on where the first ended
    names = sorted(os.listdir(os.path.join(target, "command")))
    require([name.split("-")[0][-1] for name in names] == ["1", "2"], "epochs: %s" % names)


def sealing_is_whole_or_nothing(replay):
    target = replay.path("whole")
    replay.run("--seal", target, "--host", "a", replay.recording)
    before = sorted(os.listdir(os.path.join(target, "command")))
    _, said = replay.run("--seal", target, "--host", "b", replay.recording, code=1)
    require("frames of a and of b" in said, "two hosts in one folder: " + said)
    killed = subprocess.Popen(replay.command("--seal", target, "--host", "a", "-"),
                              stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(replay.log, "rb") as file:
        killed.stdin.write(file.read())
    killed.stdin.flush()
    wait_until("frames of a replay that is not over",
               lambda: len(glob.glob(target + ".sealing-*/command/*")) > len(before))
    _, said = replay.run("--seal", target, "--host", "a", replay.recording, code=1)
    require("is writing in" in said, "two replays into one folder: " + said)
    killed.kill()
    killed.wait()
    require(sorted(os.listdir(os.path.join(target, "command"))) == before, "half a replay is there")
    replay.run("--seal", target, "--host", "a", replay.recording)
    require(len(glob.glob(target + ".sealing*")) == 1, "only what was killed stays")
    require(len(os.listdir(os.path.join(target, "command"))) == len(before) + 1, "no second epoch")


def a_folder_that_cannot_be_read_is_said(replay):
    target = replay.path("closed")
    replay.run("--seal", target, replay.recording)
    os.chmod(target + "/command", 0)
    if os.geteuid() == 0:
        os.chown(target + "/command", 0, 0)
    _, said = replay.run("--seal", target, replay.recording, code=1)
    require("Permission denied" in said, "what could not be read: " + said)
    require(not glob.glob(target + ".sealing*"), "left after a failure")
    os.chmod(target + "/command", 0o700)


def a_full_disk_leaves_nothing(replay):
    """A disk of its own, where that may be had."""
    disk = replay.path("disk")
    os.mkdir(disk)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=256k none '%s' && "
         "{ '%s' replay --seal '%s/sealed' '%s'; echo code $?; ls -A '%s'; }" % (
             disk, replay.agent, disk, replay.log, disk)], capture_output=True)
    if done.returncode != 0 and b"code" not in done.stdout:
        print("no disk to fill: %r" % done.stderr)
        return
    require(done.stdout == b"code 1\n", "left on a full disk: %r" % done.stdout)
    require(b"No space left" in done.stderr, "a full disk was not said: %r" % done.stderr)


def table_is_for_people(replay):
    out, _ = replay.run(replay.recording)
    text = out.decode()
    require(re.search(r"^command_started +7$", text, re.M), "no count of commands:\n" + text)
    require(re.search(r"^HOST +SESSION +LOGIN", text, re.M), "no sessions:\n" + text)


def hostile_logs_are_answered(replay):
    draw = random.Random(7)
    with open(replay.log, "rb") as file:
        good = file.read()[:200_000]
    noise = bytes(draw.randrange(256) for _ in range(100_000))
    torn = bytearray(good)
    for _ in range(2000):
        torn[draw.randrange(len(torn))] = draw.randrange(256)
    for data in (bytes(torn), good[:-77], b"x" * (3 << 20) + b"\n" + good,
                 good.replace(b'"', b'"\xff')):
        replay.json(replay.file("hostile", data))
        replay.run(replay.path("hostile"))
    for data in (b"", b"\n", b"\0" * 5000, noise):
        _, said = replay.run(replay.file("hostile", data), code=1)
        require("no audit record" in said, "nothing played, and not said: " + said)


def what_is_no_log_is_said(replay):
    with open(replay.log, "rb") as file:
        data = file.read()[:200_000]
    packed = gzip.compress(data)
    _, said = replay.run(replay.log, replay.file("log.gz", packed), code=1)
    require("gzip" in said and "zcat -f" in said, "a compressed file: " + said)
    _, said = replay.run("-", code=1, data=packed)
    require("standard input is compressed (gzip)" in said, "a compressed pipe: " + said)
    _, said = replay.run("--node", "nosuch", replay.log, code=1)
    require("nosuch" in said, "a host that is not there: " + said)
    for option in ("--node", "--host", "--seal"):
        replay.run(option, "", replay.log, code=2)
    replay.run("--host", "a\nb", replay.log, code=2)
    pipes = subprocess.run(["bash", "-c", "'%s' replay --json <(cat '%s') <(cat '%s')" % (
        replay.agent, replay.log, replay.log)], capture_output=True)
    require(pipes.returncode == 0 and b"%d records" % (2 * replay.records) in
            pipes.stderr.replace(b",", b""), "pipes are not read whole: %r" % pipes.stderr)


def boots_are_kept_apart(replay):
    login = b"type=LOGIN msg=audit(%d.000:%d): pid=9 uid=0 old-auid=4294967295 auid=1000 " \
            b"tty=(none) old-ses=4294967295 ses=3 res=1\n"
    log = replay.file("boots.log", login % (1700000000, 700) + login % (1700000900, 12))
    events = replay.json("--host", "web1", log)
    opened = [e for e in events if "session_opened" in e]
    require(len({e["session_uid"] for e in opened}) == 2, "one session of two boots: %s" % opened)
    require([e["origin"]["boot_in_log"] for e in opened] == [1, 2], "boots: %s" % opened)
    require({e["origin"]["host"] for e in opened} == {"web1"}, "hosts: %s" % opened)
    with open("/etc/machine-id") as file:
        require(file.read().strip() not in json.dumps(events), "this machine's id in its events")


def jq_keeps_every_digit(replay):
    if shutil.which("jq") is None:
        return
    out, _ = replay.run("--json", replay.recording)
    time = json.loads(out.splitlines()[0])["time_ns"]
    asked = ".time_ns, (.time_ns|tonumber/1e9|floor|type), (.order|type)"
    done = subprocess.run(["jq", "-r", asked],
                          input=out.splitlines()[0], capture_output=True, check=True)
    require(done.stdout.decode().split() == [time, "number", "number"], "jq: %r" % done.stdout)


def exit_codes(replay):
    replay.run(code=2)
    replay.run("--json", "--seal", replay.path("x"), replay.log, code=2)
    replay.run("--no-such-option", replay.log, code=2)
    _, said = replay.run(replay.path("not-there"), code=1)
    require("not-there" in said, "the file that is not there has no name: " + said)
    replay.run("-", replay.log, code=1)
    rules = replay.file("a.rules", b"-w /etc/passwd -p wa -k spoor-a\n")
    with open("/dev/full", "wb") as full:
        for command in (["replay", "--json", replay.log], ["check-rules", rules], ["doctor"]):
            done = subprocess.run([replay.agent] + command, stdout=full, stderr=subprocess.PIPE)
            require(done.returncode == 1 and b"standard output" in done.stderr,
                    "a full disk was not said: %s %d %r" % (
                        command, done.returncode, done.stderr))


def memory_does_not_grow(replay):
    """First of all: what a child begins with, and is charged for, is a copy of ourselves."""
    log = replay.path("long.log")
    generated_log.write(log, 200_000)
    process = subprocess.Popen([replay.agent, "replay", "--json", log], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    require(process.returncode == 0, "replay ended with %d" % process.returncode)
    require(usage.ru_maxrss < RSS_MAX_KB, "%d kB for a log of %d" % (
        usage.ru_maxrss, os.path.getsize(log) // 1024))


def main():
    folder = tempfile.mkdtemp(prefix="spoor-")
    try:
        os.chmod(folder, 0o777)
        replay = Replay(os.path.abspath(sys.argv[1]), folder)
        for test in (memory_does_not_grow, any_order_and_any_source, two_hosts_are_kept_apart,
                     frames_are_sealed, sealing_is_whole_or_nothing,
                     a_folder_that_cannot_be_read_is_said, a_full_disk_leaves_nothing,
                     boots_are_kept_apart, jq_keeps_every_digit, table_is_for_people,
                     hostile_logs_are_answered, what_is_no_log_is_said, exit_codes):
            test(replay)
    except Failure as failure:
        print("FAILED: %s" % failure)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
