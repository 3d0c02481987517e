#!/usr/bin/env python3
"""Logins through a real sshd, PAM, sudo and su: for each, who came in, from where, with which key,
what ran with which end, and how it ended; and the whole trail as people see it, beside
tests/golden/trails/STORY.txt (SPOOR_WRITE_GOLDEN=1 writes it anew). ssh_test.py BINARIES [STORY…]
"""
import base64
import difflib
import json
import os
import re
import subprocess
import sys

import harness
import plain_trail
import private_space
import private_sshd
from harness import bytes_of, end_of, require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID
from private_sshd import PASSWORD

GOLDEN = os.path.join(harness.SOURCE, "tests", "golden", "trails")
# What a session's last line in the log says (write_rules).
LAST_LINE = b"pam_tty_audit(sshd:session): restored status"
SUDOERS = """%s ALL=(root) NOPASSWD: /usr/bin/id, /bin/bash, /usr/bin/bash, /usr/bin/su, /bin/su
"""


def name_of(session):
    return session["name"]


class Told:
    """What one story's trails say, line by line, beside what they said when it was recorded."""

    def __init__(self, story, free):
        self.story, self.free, self.names, self.lines = story, free, plain_trail.Names(), []

    def add(self, lines):
        self.lines += ([""] if self.lines else []) + lines

    def add_trail(self, text):
        self.add(plain_trail.plain_trail(text, self.names, self.free))

    def add_events(self, events, kind):
        """Such as no trail shows: their facts, as JSON. Records and lines of a log come by two
        ways, so in the order of what they say."""
        lines = []
        for event in events:
            facts = {key: decoded(event[key]) for key in (kind, "source", "outcome", "attribution")
                     if key in event}
            facts[kind].pop("pid", None)
            if facts.get("source", {}).get("port"):
                facts["source"]["port"] = self.names.of("port", facts["source"]["port"])
            lines.append(json.dumps(facts, sort_keys=True))
        self.add(sorted(lines))

    def check(self):
        path = os.path.join(GOLDEN, self.story + ".txt")
        text = "\n".join(self.lines) + "\n"
        if os.environ.get("SPOOR_WRITE_GOLDEN"):
            os.makedirs(GOLDEN, exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            return
        require(os.path.exists(path), "no trail is recorded for it: SPOOR_WRITE_GOLDEN=1")
        with open(path) as file:
            wanted = file.read()
        require(text == wanted, "the trail is another one:\n" + "\n".join(difflib.unified_diff(
            wanted.splitlines(), text.splitlines(), self.story + ".txt", "now", lineterm="")))


def decoded(value):
    """Bytes of spoor-test-spool's JSON, which are base64, as text."""
    return {key: base64.b64decode(text).decode("utf-8", "replace")
            if key in ("account", "exe") else text for key, text in value.items()}


class Host:
    """The deployment, the sshd, and the sessions that were seen already."""

    def __init__(self, deployment, sshd):
        self.deployment, self.sshd, self.seen, self.told = deployment, sshd, set(), None

    def ours(self):
        lines = self.deployment.json_lines("sessions", "--all")
        return [line["session"] for line in lines
                if line.get("session", {}).get("login_uid") == LOGIN_UID]

    def next_trails(self, count, commands=1, whole=lambda session: int(session["ended_ns"])):
        """Of the sessions that are new, once there are so many, each with so many commands, and
        whole: commands come in another stream than the session's end."""
        def complete():
            fresh = [s for s in self.ours() if name_of(s) not in self.seen]
            done = len(fresh) == count and all(
                whole(s) and s["method"] and s["commands"] >= commands and
                s["commands_running"] == 0
                for s in fresh)
            return fresh if done else None
        fresh = wait_until("%d new sessions" % count, complete, every_s=0.1)
        self.seen |= {name_of(s) for s in fresh}
        fresh.sort(key=lambda s: int(s["started_ns"]))
        return [self.whole_trail(name_of(s)) for s in fresh]

    def whole_trail(self, name):
        """Once the log's last line of the session is in it."""
        def logged():
            trail = self.deployment.trail(name)
            return trail if any(bytes_of(message["message"]).startswith(LAST_LINE)
                                for message in kinds(trail, "log_message")) else None
        trail = wait_until("the log's last line of %s" % name, logged, every_s=0.1)
        shown = self.deployment.cli("trail", name)
        require(shown.returncode == 0, "spoor trail: %s" % shown.stderr)
        self.told.add_trail(shown.stdout.decode())
        return trail

    def authentications(self, pid, last):
        """What a sshd says that logs nobody in: events of no session, up to the one with the step
        `last`. They are looked for in the spool."""
        def there():
            spool = self.deployment.spooled(self.deployment.path("spool"))
            found = [line["event"] for line in spool
                     if line.get("event", {}).get("authentication", {}).get("pid") == pid]
            ended = [event for event in found if event["authentication"].get("step") == last]
            return found if ended else None
        events = wait_until("the end of sshd %d" % pid, there, every_s=0.2)
        self.told.add_events(events, "authentication")
        return events

    def next_trail(self, commands=1, **how):
        return self.next_trails(1, commands, **how)[0]

    def pid_of(self, words):
        """Of the sshd that wrote the last line of the log with these words."""
        lines = [line for line in self.sshd.lines() if words in line]
        require(lines, "the log has no line with '%s'" % words)
        return int(re.search(r"sshd\[(\d+)\]", lines[-1]).group(1))

    def port_of(self, words):
        """The client's port in the last line of the log with these words."""
        lines = [line for line in self.sshd.lines() if words in line]
        require(lines, "the log has no line with '%s'" % words)
        return int(re.search(r"port (\d+)", lines[-1]).group(1))


def commands_of(trail):
    """[(depth, arguments, end)] in order."""
    return [(c["depth"], tuple(bytes_of(a).decode("utf-8", "replace") for a in c["args"]),
             end_of(c)) for c in trail.commands]


def expect_commands(trail, expected):
    found = commands_of(trail)
    require(found == expected, "commands:\n  %s\nnot\n  %s" % (
        "\n  ".join(map(str, found)), "\n  ".join(map(str, expected))))
    require(not trail.losses, "losses: %s" % trail.losses)


def expect_session(trail, **expected):
    for key, value in expected.items():
        found = trail.session.get(key)
        require(found == value, "the session's %s is %r, not %r: %s" % (
            key, found, value, trail.session))


def kinds(trail, kind):
    return [item["event"][kind] for item in trail.events if kind in item["event"]]


def let_go(fifo):
    """Of whoever reads a line of it, now; nobody is waited for."""
    os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))


def shell(command, *below, code=0):
    return [(0, ("bash", "-c", command), "exit=%d" % code)] + list(below)


def key_login(host):
    code, said = host.sshd.ssh("id -u; exit 3")
    require(code == 3 and said.strip() == str(LOGIN_UID), "ssh: %s %s" % (code, said))
    trail = host.next_trail(2)
    expect_commands(trail, shell("id -u; exit 3", (1, ("id", "-u"), "exit=0"), code=3))
    expect_session(trail, type="TYPE_SSH", method="publickey", key_type="ED25519",
                   key_fingerprint=host.sshd.fingerprint("key"), failures_before=0)
    source = trail.session["source"]
    require(source["address"] == "127.0.0.1" and
            source["port"] == host.port_of("Accepted publickey"), "source: %s" % source)


def certificate_login(host):
    code, said = host.sshd.ssh("true", key="certified_key")
    require(code == 0, said)
    trail = host.next_trail()
    expect_session(trail, method="publickey", key_type="ED25519-CERT", certificate_id="demo@corp",
                   certificate_serial="4711",
                   key_fingerprint=host.sshd.fingerprint("certified_key"),
                   certificate_authority=host.sshd.fingerprint("ca"))


def password_after_failures(host):
    code, said = host.sshd.ssh("true", passwords=["no", "never", PASSWORD])
    require(code == 0, said)
    trail = host.next_trail()
    expect_session(trail, method="password", failures_before=2)


def invalid_user(host):
    """No session, but events of their own, which name account and peer."""
    host.sshd.ssh("true", user="nosuchuser", passwords=["a", "b", "c"])
    wait_until("the log to say so", lambda: any("Invalid user nosuchuser" in line
                                                for line in host.sshd.lines()))
    events = host.authentications(host.pid_of("Invalid user nosuchuser"), "closed")
    named = [event for event in events if event["authentication"].get("invalid_user") and
             base64.b64decode(event["authentication"].get("account", "")) == b"nosuchuser"]
    require(len(named) >= 4 and all(event["source"]["address"] == "127.0.0.1" and
                                    event["outcome"]["result"] == "RESULT_FAILURE"
                                    for event in named), "invalid user: %s" % named)


def interactive(host):
    """A login shell on a terminal: job control, a pipeline, what was typed."""
    code, _ = host.sshd.ssh(tty=True, stdin=b"true | cat\nsleep 0.1 &\nfg\nexit 4\n")
    require(code == 4, "the shell ended with %d" % code)
    trail = host.next_trail(4)
    names = [c[1][0] for c in commands_of(trail)]
    require(names[0] == "-bash" and sorted(names[1:]) == ["cat", "id", "sleep"],
            "commands: %s" % commands_of(trail))
    terminals = {c["terminal"] for c in trail.commands}
    require(terminals == {trail.session["terminal"]},
            "terminals: %s, %s" % (terminals, trail.session["terminal"]))
    typed = [bytes_of(t["edited"]) for t in kinds(trail, "typed_input")]
    require(typed == [b"true | cat", b"sleep 0.1 &", b"fg", b"exit 4"], "typed: %s" % typed)


def sudo_allowed(host):
    code, said = host.sshd.ssh("sudo -n id -u")
    require((code, said.strip()) == (0, "0"), "sudo: %s %s" % (code, said))
    trail = host.next_trail(3)
    changes = kinds(trail, "privilege_change")
    require(len(changes) == 1 and changes[0]["by"] == "sudo" and
            changes[0]["from_uid"] == LOGIN_UID and changes[0]["to_uid"] == 0 and
            bytes_of(changes[0]["authority"]) == LOGIN_NAME.encode(), "changes: %s" % changes)
    found = [(c[1], c[2]) for c in commands_of(trail)]
    require(found == [(("bash", "-c", "sudo -n id -u"), "END_REPLACED"),
                      (("sudo", "-n", "id", "-u"), "exit=0"), (("id", "-u"), "exit=0")],
            "commands: %s" % found)
    require(trail.commands[2]["uid"] == 0 and trail.commands[2]["parent"] == 2,
            "under sudo: %s" % trail.commands[2])


def sudo_refused(host):
    code, _ = host.sshd.ssh("sudo -n whoami")
    require(code == 1, "sudo ended with %d" % code)
    trail = host.next_trail(2)
    refused = [e["event"] for e in trail.events if "privilege_change" in e["event"]]
    require(len(refused) == 1 and refused[0]["outcome"]["result"] == "RESULT_FAILURE",
            "refusals: %s" % refused)


def sudo_shell(host):
    code, said = host.sshd.ssh("sudo -n -i id -u")
    require((code, said.strip()) == (0, "0"), "sudo -i: %s %s" % (code, said))
    trail = host.next_trail(4)
    require(len(kinds(trail, "privilege_change")) == 1, "changes: %s" % kinds(
        trail, "privilege_change"))
    require(commands_of(trail)[-1][1] == ("id", "-u") and trail.commands[-1]["as_root"]
            if "as_root" in trail.commands[-1] else trail.commands[-1]["uid"] == 0,
            "last: %s" % trail.commands[-1])


def become_another(host):
    """su inside sudo: root, and back to the user."""
    code, said = host.sshd.ssh("sudo -n su -c 'id -u' %s" % LOGIN_NAME)
    require((code, said.strip()) == (0, str(LOGIN_UID)), "su: %s %s" % (code, said))
    trail = host.next_trail(4)
    by = [(c["by"], c["from_uid"], c["to_uid"]) for c in kinds(trail, "privilege_change")]
    require(by == [("sudo", LOGIN_UID, 0), ("su", 0, LOGIN_UID)], "changes: %s" % by)


def copies(host):
    """scp, sftp and rsync, there and back."""
    d, sshd = host.deployment, host.sshd
    with open(d.path("sent"), "w") as file:
        file.write("x" * 10000)
    remote = "%s@127.0.0.1:" % LOGIN_NAME
    options = [o for o in sshd.options() if o not in ("-l", LOGIN_NAME)]
    scp = ["-P" if o == "-p" else o for o in options]
    for argv, program in (
            (["scp", *scp, d.path("sent"), remote + d.path("home", "a")], "sftp-server"),
            (["sftp", "-b", "/dev/stdin", *scp, remote], "sftp-server"),
            (["rsync", "-e", "ssh " + " ".join(options), d.path("sent"),
              remote + d.path("home", "c")], "rsync")):
        done = subprocess.run(argv, input=b"ls\n", capture_output=True, cwd="/",
                              env=private_sshd.ENVIRONMENT, timeout=harness.PATIENCE_S)
        require(done.returncode == 0, "%s: %s" % (argv[0], done.stderr))
        trail = host.next_trail(2)
        names = [os.path.basename(c[1][0]) for c in commands_of(trail)]
        require(program in names, "%s ran %s" % (argv[0], names))


def jump(host):
    """Through the host to itself: two sessions, each with the port that it came by."""
    sshd = host.sshd
    # ssh ends its proxy by SIGHUP, which would cut off what it says last.
    proxy = "sh -c \"trap '' HUP; exec ssh %s -W %%h:%%p 127.0.0.1\"" % " ".join(sshd.options())
    done = subprocess.run(["ssh", *sshd.options("certified_key"), "-o", "ProxyCommand=" + proxy,
                           "127.0.0.1", "true"], capture_output=True, cwd="/",
                          timeout=harness.PATIENCE_S, env=private_sshd.ENVIRONMENT)
    require(done.returncode == 0, "jump: %s" % done.stderr)
    trails = host.next_trails(2, 0)
    ports = {t.session["source"]["port"] for t in trails}
    require(len(ports) == 2 and 0 not in ports, "ports: %s" % ports)
    types = sorted(t.session["key_type"] for t in trails)
    require(types == ["ED25519", "ED25519-CERT"], "keys: %s" % types)


def outlived(host):
    """tmux stays behind: logged out while it runs, closed with its last process."""
    d = host.deployment
    started, release = d.path("home", "started"), d.path("home", "release")
    os.mkfifo(release)
    os.chown(release, LOGIN_UID, LOGIN_UID)
    # Within tmux nothing but a shell, which reads: what is left at the logout is always the same.
    code, said = host.sshd.ssh(
        "tmux -f /dev/null -L t new-session -d ': > %s; read line < %s'; "
        "until [ -e %s ]; do :; done" % (started, release, started))
    require(code == 0, said)

    def left():
        fresh = [s for s in host.ours() if name_of(s) not in host.seen]
        return fresh and fresh[0]["state"] == "STATE_LOGGED_OUT" and fresh[0]
    try:
        session = wait_until("a session that is logged out and runs", left, every_s=0.1)
        require(session["processes_left"] == 2, "left: %s" % session)
    finally:
        let_go(release)
    trail = host.next_trail(whole=lambda s: s["state"] == "STATE_CLOSED")
    require(trail.session["closed_by"] == "CAUSE_LAST_PROCESS", "closed: %s" % trail.session)
    require(trail.session["terminal"] == "ssh", "it came without a terminal: %s" % trail.session)


def burst(host):
    count = 3000
    code, said = host.sshd.ssh("i=0; while [ $i -lt %d ]; do i=$((i+1)); /bin/true; done" % count)
    require(code == 0, said)
    trail = host.next_trail(3001)
    ends = [c[2] for c in commands_of(trail) if c[1] == ("/bin/true",)]
    require(len(ends) == count, "%d of %d commands" % (len(ends), count))
    known = sum(end == "exit=0" for end in ends)
    require(known >= 0.999 * count, "%d of %d ends are known" % (known, count))
    require(all(c["parent"] == 1 for c in trail.commands[1:]), "parents")


def ends(host):
    """Five signals, an exec, a script with an interpreter line."""
    d = host.deployment
    script = d.path("home", "script")
    with open(script, "w") as file:
        file.write("#!/bin/sh\nexit 5\n")
    os.chmod(script, 0o755)
    words = "; ".join("sh -c 'kill -%s $$'" % name for name in ("HUP", "INT", "TERM", "KILL",
                                                               "SEGV"))
    code, _ = host.sshd.ssh("set +m; %s; %s; exec sh -c 'exec true'" % (words, script))
    require(code == 0, "ssh ended with %d" % code)
    trail = host.next_trail(9)
    # A shell tries each folder of PATH: what was not there is no command.
    found = [(c[1], c[2]) for c in commands_of(trail)
             if c[2] != "END_FAILED_START"][1:]
    signals = [end for args, end in found if args[0] == "sh" and "kill" in args[-1]]
    require(signals == ["signal=%d" % n for n in (1, 2, 15, 9, 11)], "signals: %s" % signals)
    require((("/bin/sh", script), "exit=5") in found, "script: %s" % found)
    require(found[-2:] == [(("sh", "-c", "exec true"), "END_REPLACED"), (("true",), "exit=0")],
            "exec: %s" % found[-2:])


# Programs that start side by side, by story.
FREE = {"outlived": ("bash", "/usr/lib/x86_64-linux-gnu/utempter/utempter")}
STORIES = (key_login, certificate_login, password_after_failures, invalid_user, interactive,
           sudo_allowed, sudo_refused, sudo_shell, become_another, copies, jump, outlived, burst,
           ends)


def write_rules():
    """Who may do what by sudo; PAM that greets nobody, does not complain of this machine's limits,
    and tells what is typed."""
    with open("/etc/sudoers.d/" + LOGIN_NAME, "w") as file:
        file.write(SUDOERS % LOGIN_NAME)
    for service in ("sshd", "su", "su-l", "sudo", "sudo-i"):
        path = "/etc/pam.d/" + service
        if not os.path.exists(path):
            continue
        with open(path) as file:
            lines = [line for line in file
                     if not any(word in line for word in ("pam_motd", "pam_mail", "pam_limits"))]
        if service == "sshd":
            lines.append("session required pam_tty_audit.so enable=%s\n" % LOGIN_NAME)
        with open(path, "w") as file:
            file.writelines(lines)


def went_well(story, host, golden=True):
    """One story's failure is told, and the others are tried all the same."""
    print(story.__name__, flush=True)
    begin = len(host.sshd.lines())
    host.told = Told(story.__name__, FREE.get(story.__name__, ()))
    try:
        story(host)
        if golden:
            host.told.check()
        return True
    except harness.Failure as failure:
        print("FAILED: %s\n%s" % (failure, "\n".join(host.sshd.lines()[begin:])))
        host.seen |= {name_of(s) for s in host.ours()}
        return False


def run_stories(deployment, stories, golden):
    """Those that the command line names, or all, on a host with sshd and its log."""
    with private_sshd.beside(deployment, write_rules) as sshd:
        host = Host(deployment, sshd)
        wanted = [story for story in stories if story.__name__ in sys.argv[2:] or not sys.argv[2:]]
        failed = [story.__name__ for story in wanted if not went_well(story, host, golden)]
        require(not failed, "%d of %d stories: %s" % (len(failed), len(wanted),
                                                     ", ".join(failed)))


def test(deployment):
    run_stories(deployment, STORIES, True)


if __name__ == "__main__":
    harness.run_test(test)
