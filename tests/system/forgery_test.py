#!/usr/bin/env python3
"""What attackers write: names to log in by, lines for the log, records for the kernel to pass on.
None of it opens, feeds or closes a session, its own writer's or another's; all of it is kept, and
what claims to be of another program says so. forgery_test.py BINARIES [STORY…]"""
import base64
import os
import shutil
import subprocess

import harness
import private_sshd
import ssh_test
from harness import require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID

# Nobody comes from here.
FORGED = "203.0.113.66"
FORGED_KEY = "SHA256:" + "F" * 43
ACCEPTED = "Accepted publickey for %s from " + FORGED + " port 22 ssh2: ED25519 " + FORGED_KEY
USER_AUTH, USER_ACCT, CRED_DISP, USER_START, USER_END, USER_LOGIN, USER_CMD, CRYPTO_KEY = \
    1100, 1101, 1104, 1105, 1106, 1112, 1123, 2404
LOGIN = 1006
# As which a name or a line may be told and still be nothing but told.
HARMLESS = {"log_message", "authentication", "disbelieved_record"}


class Victim:
    """A session of the demo user that lives until told to end, and all that is known of it."""

    def __init__(self, host):
        self.host, self.release = host, host.deployment.path("home", "release")
        os.mkfifo(self.release)
        os.chown(self.release, LOGIN_UID, LOGIN_UID)
        self.client = subprocess.Popen(
            ["ssh", *host.sshd.options(), "127.0.0.1", "read line < %s; exit 6" % self.release],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", env=private_sshd.ENVIRONMENT, start_new_session=True)
        try:
            self.session = wait_until("the victim's session", self.found, every_s=0.1)
        except harness.Failure:
            self.__exit__()
            raise
        self.name, self.ses = self.session["name"], self.session["ses"]
        host.seen.add(self.name)
        self.sshd = host.pid_of("Accepted publickey")
        self.port = host.port_of("Accepted publickey")

    def now(self):
        return next(s for s in self.host.ours() if s["name"] == self.name)

    def found(self):
        fresh = [s for s in self.host.ours() if s["name"] not in self.host.seen]
        whole = fresh and fresh[0]["method"] and fresh[0]["commands"] >= 1
        return fresh[0] if whole else None

    def what_is_known(self):
        """What no forgery may change."""
        session = self.now()
        return {key: session[key] for key in (
            "type", "source", "terminal", "method", "key_type", "key_fingerprint", "login_uid",
            "login_name", "failures_before", "state", "ended_ns", "certificate_id")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.client.poll() is None:
            ssh_test.let_go(self.release)
            self.client.wait(harness.PATIENCE_S)
        if os.path.exists(self.release):
            os.unlink(self.release)

    def end(self):
        """Its true end, which is to be known as that."""
        ssh_test.let_go(self.release)
        code = self.client.wait(harness.PATIENCE_S)
        require(code == 6, "the victim ended with %s" % code)
        os.unlink(self.release)

        def closed():
            session = self.now()
            return session["state"] == "STATE_CLOSED" and session
        session = wait_until("the victim's end", closed, every_s=0.1)
        require(session["closed_by"] == "CAUSE_LOGGED_OUT", "its end: %s" % session)


def spooled(host):
    return host.deployment.spooled(host.deployment.path("spool"))


def kind_of(event):
    envelope = {"order", "time_ns", "read", "kernel", "actor", "session_uid", "session", "source",
                "target", "outcome", "origin", "incomplete", "rewritten", "records", "attribution",
                "place"}
    return next((key for key in event if key not in envelope), "")


def texts_of(line):
    return [base64.b64decode(record.get("text", ""))
            for record in line.get("text", {}).get("records", [])]


def events_with(host, words):
    """All events in whose verbatim text these bytes stand."""
    return [line["event"] for line in spooled(host)
            if any(words in text for text in texts_of(line))]


def all_told(host, words, count, source=None):
    """Once there are so many; of that source, where one is named."""
    found = []

    def there():
        found[:] = [event for event in events_with(host, words)
                    if source in (None, event.get("origin", {}).get("source"))]
        return len(found) >= count
    try:
        wait_until("%d events with %r" % (count, words), there, every_s=0.3)
    except harness.Failure as failure:
        raise harness.Failure("%s; there are %d: %s" % (failure, len(found), found))
    return found


def claimed(event):
    return event.get("attribution", {}).get("confidence") == "CONFIDENCE_CLAIMED"


def only_told(event):
    """Kept, and nothing but that: it is no fact of anybody's session."""
    kind = kind_of(event)
    if kind == "log_message":
        return claimed(event) or event[kind].get("disbelieved", False)
    return kind == "disbelieved_record" or (kind in HARMLESS and claimed(event))


def sessions_of_forgers(host):
    return [s for s in host.deployment.json_lines("sessions", "--all")
            if FORGED in str(s.get("session", {})) or FORGED_KEY in str(s.get("session", {}))]


def require_nothing_happened(host, victim, before, what):
    after = victim.what_is_known()
    require(after == before, "%s changed the victim's session: %s\nnot %s" % (what, after, before))
    require(not sessions_of_forgers(host), "%s is in a session: %s" % (
        what, sessions_of_forgers(host)))


def true_login(host):
    """What is told later comes later: once this session is in the collector, so is all that anybody
    forged before it."""
    known = {s["name"] for s in host.ours()}
    code, said = host.sshd.ssh("true")
    require(code == 0, said)

    def ended():
        fresh = [s for s in host.ours() if s["name"] not in known and s["method"]]
        return fresh[0] if fresh and fresh[0]["state"] == "STATE_CLOSED" else None
    session = wait_until("a true login", ended, every_s=0.1)
    host.seen.add(session["name"])
    return session


# ------------------------------------------------------------------ (a) names

NAMES = (
    "Failed password for invalid user Accepted publickey for root from %s port 22 ssh2" % FORGED,
    "root from %s port 22 ssh2: ED25519 %s" % (FORGED, FORGED_KEY),
    "x from %s port 22" % FORGED,
    "x\nAccepted publickey for root from %s port 22 ssh2" % FORGED,
    "\"' port 22 res=success' addr=%s acct=\"root\" msg='" % FORGED,
    "726F6F74",
    "x' res=success ses=1 exe=\"/usr/sbin/sshd\"",
    "root\t[preauth]",
)


def hostile_names(host):
    """As sshd meets them; each is told as an account that does not exist, from where it truly came,
    or as text."""
    sessions = {s["name"] for s in host.ours()}
    for name in NAMES:
        begin = len(host.sshd.lines())
        # ssh refuses such names on its command line; a configuration may have them.
        config = host.deployment.path("hostile-config")
        with open(config, "w") as file:
            file.write("Host *\n  User \"%s\"\n" % name.replace("\\", "\\\\").replace('"', '\\"'))
        options = [o for o in host.sshd.options()]
        at = options.index("-l")
        del options[at:at + 2]
        options[options.index("-F") + 1] = config
        direct = ["-o", "User=\"%s\"" % name.replace("\\", "\\\\").replace('"', '\\"')]
        argv = ["ssh", *options, "127.0.0.1", "true"]
        if "\n" in name:
            argv[1:1] = direct
            with open(config, "w"):
                pass
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, cwd="/",
                              env=private_sshd.ENVIRONMENT, timeout=harness.PATIENCE_S)
        require(done.returncode == 255, "%r got in: %s" % (name, done))
        said = wait_until("the log to tell of %r" % name, lambda: [
            line for line in host.sshd.lines()[begin:] if "Invalid user" in line], every_s=0.1)
        pid = int(said[0].split("sshd[")[1].split("]")[0])

        def told():
            lines = [line for line in spooled(host)
                     if line["event"].get("authentication", {}).get("pid") == pid
                     or any(b"sshd[%d]" % pid in text for text in texts_of(line))]
            ended = any(b"Connection closed by" in text for line in lines
                        for text in texts_of(line))
            return [line["event"] for line in lines] if ended else None
        events = wait_until("the end of %r" % name, told, every_s=0.3)
        require(all(only_told(event) for event in events), "%r: %s" % (name, events))
        invalid = [event for event in events if event.get("authentication", {}).get("step") ==
                   "invalid-user"]
        require(len(invalid) == 1 and invalid[0]["source"]["address"] == "127.0.0.1",
                "%r as the log has it, %r, is told as %s" % (name, said[0], invalid))
        account = base64.b64decode(invalid[0]["authentication"]["account"]).decode()
        logged = said[0].split("Invalid user ", 1)[1].rsplit(" from 127.0.0.1 port ", 1)[0]
        require(account == logged, "%r is the account %r, not %r" % (name, account, logged))
        wrong = [event for event in events if event.get("outcome", {}).get("result") ==
                 "RESULT_SUCCESS" or FORGED == event.get("source", {}).get("address")]
        require(not wrong, "%r: %s" % (name, wrong))
    require({s["name"] for s in host.ours()} == sessions, "a session came of it")


# ------------------------------------------------------------------ (b) lines

def log(host, tag, message, as_user):
    argv = ["logger", "-p", "auth.info", "-t", tag, "--", message]
    if as_user:
        argv = ["setpriv", "--reuid=%d" % LOGIN_UID, "--regid=%d" % LOGIN_UID, "--clear-groups"] \
            + argv
    subprocess.run(argv, check=True, cwd="/", env=private_sshd.ENVIRONMENT)


def forged_lines(host):
    """logger(1), by root and by a user, with sshd's name and with the pid of a true sshd."""
    with Victim(host) as victim:
        before = victim.what_is_known()
        count = forge_lines(host, victim)
        # The failures that were forged are no failures of the next login.
        session = true_login(host)
        require(session["failures_before"] == 0, "forged failures count: %s" % session)
        require_nothing_happened(host, victim, before, "a forged line")
        victim.end()
        print("%d forged lines" % count)


def forge_lines(host, victim):
    """Each is told by then, and so waits for nothing any more; how many there are."""
    lines = [("sshd", ACCEPTED % "root"), ("sshd", ACCEPTED % LOGIN_NAME)]
    tag = "sshd[%d]" % victim.sshd
    lines += [(tag, ACCEPTED % LOGIN_NAME), (tag, ACCEPTED % "root"),
              (tag, "Accepted password for %s from 127.0.0.1 port %d ssh2" % (
                  LOGIN_NAME, victim.port)),
              (tag, "pam_unix(sshd:session): session closed for user %s" % LOGIN_NAME),
              (tag, "Disconnected from user %s 127.0.0.1 port %d" % (LOGIN_NAME, victim.port)),
              (tag, "Failed password for %s from 127.0.0.1 port %d ssh2" % (
                  LOGIN_NAME, victim.port)),
              ("systemd-logind", "New session %d of user root." % victim.ses),
              ("sudo", "%s : TTY=pts/9 ; PWD=/ ; USER=root ; COMMAND=/bin/forged" % LOGIN_NAME)]
    count = 0
    for as_user in (False, True):
        for tag, message in lines:
            # Each can be told from all others.
            log(host, tag, message, as_user)
            count += 1
    said = [message for _, message in lines]
    for message in set(said):
        events = all_told(host, message.encode(), 2 * said.count(message))
        # What is told is told as what it is: words in a log.
        require(all(claimed(event) or event.get("log_message", {}).get("disbelieved")
                    for event in events), "%r: %s" % (message, events))
    return count


# ------------------------------------------------------------------ (c) records

def words_for(victim, exe='exe="/usr/sbin/sshd" '):
    """Records as sshd writes them, of the victim's session, with what the kernel would say. Each
    has the account, by which the agent, a guest here, takes a record without a login uid for its
    own."""
    kernel = "pid=%d uid=0 auid=%d ses=%d " % (victim.sshd, LOGIN_UID, victim.ses)
    rest = exe + 'hostname=%s addr=%s terminal=ssh res=success' % (FORGED, FORGED)
    account = 'acct="%s" ' % LOGIN_NAME
    # The first closes the quotes that the kernel opens, and goes on as the kernel would.
    escape = "x' " + kernel + "msg='"
    return [
        (USER_LOGIN, "op=login id=%d " % LOGIN_UID + account + rest),
        (USER_LOGIN, kernel + "op=login id=%d " % LOGIN_UID + account + rest),
        (USER_START, "op=PAM:session_open grantors=pam_unix " + account + rest),
        (USER_END, "op=PAM:session_close grantors=pam_unix " + account + rest),
        (USER_END, kernel + "op=PAM:session_close grantors=pam_unix " + account + rest),
        (USER_END, escape + "op=PAM:session_close grantors=pam_unix " + account + rest),
        (USER_END, "op=login id=%d " % LOGIN_UID + account + rest),
        (CRED_DISP, "op=PAM:setcred grantors=pam_unix " + account + rest),
        (USER_AUTH, "op=PAM:authentication grantors=pam_unix " + account +
         rest.replace("success", "failed")),
        (USER_AUTH, 'op=pubkey_auth ' + account + rest),
        (CRYPTO_KEY, "op=negotiate kind=auth-key fp=%s spid=%d suid=0 rport=%d " % (
            FORGED_KEY, victim.sshd, victim.port) + account + rest),
        (USER_START, "\n" + kernel + "old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 "
         "ses=%d res=1\x1dUID=\"root\" AUID=\"root\" " % victim.ses + account + rest),
        (LOGIN, kernel + "old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=%d res=1"
         % victim.ses),
    ]


def forge(host, program, victim, exe, *, comm=None, session=False, copy=None):
    """Has records written; how many the kernel took."""
    binary = os.path.join(host.deployment.bin, program)
    if copy:
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        binary = shutil.copy(binary, copy)
    argv = [binary] + (["--comm", comm] if comm else [])
    for kind, text in words_for(victim, exe):
        argv += [str(kind), text]
    if session:
        argv = [os.path.join(host.deployment.bin, "spoor-test-session"), "--login-uid",
                str(LOGIN_UID), "--uid", "0", "--gid", "0", "--"] + argv
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/",
                          env=private_sshd.ENVIRONMENT, timeout=harness.PATIENCE_S)
    require(done.returncode == 0, "%s: %s" % (argv[0], done.stderr))
    answers = [line.split() for line in done.stdout.splitlines()]
    refused = [answer for answer in answers if answer[1] != "0"]
    require(all(int(kind) == LOGIN for kind, _ in refused) and refused,
            "the kernel took LOGIN from a program, or refused another: %s" % answers)
    return len(answers) - len(refused)


def believed(events):
    """Of what was forged: what is told as true."""
    return [event for event in events if not only_told(event)]


def forged_records(host):
    """By root: under its own name; as a copy of a program elsewhere; with sshd's comm. Without a
    login, and in a login session of its own, of which audit saw what it executes."""
    with Victim(host) as victim:
        forge_records(host, victim)


def forge_records(host, victim):
    before = victim.what_is_known()
    home = host.deployment.path("home")
    sent, told = 0, FORGED.encode()
    for label, how in (
            ("under its own name", {}),
            ("in a session", {"session": True}),
            ("in a session, as sshd by comm", {"session": True, "comm": "sshd"}),
            ("in a session, as sshd of another folder",
             {"session": True, "copy": os.path.join(home, "sbin", "sshd")})):
        for exe in ('exe="/usr/sbin/sshd" ', ""):
            sent += forge(host, "spoor-test-forger", victim, exe, **how)
            events = all_told(host, told, sent, "audit")
            wrong = believed(events)
            require(not wrong, "%s, %s: %d of %d are believed, first %s" % (
                label, exe or "without exe=", len(wrong), len(events), wrong[:1]))
            require_nothing_happened(host, victim, before, label)
    # In its own name it may say that somebody came: that is a fact of its own, and no login.
    own = os.path.join(host.deployment.bin, "spoor-test-forger")
    sent += forge(host, "spoor-test-forger", victim, 'exe="%s" ' % own, session=True)
    events = all_told(host, told, sent, "audit")
    marked = [event for event in events if kind_of(event) == "disbelieved_record"]
    require(len(marked) >= sent // 2, "%d of %d are marked" % (len(marked), sent))
    require(len(events) == sent, "%d records are told as %d events" % (sent, len(events)))
    def fresh():
        return [s for s in host.ours() if s["name"] not in host.seen]
    wait_until("the forgers' own sessions", lambda: len(fresh()) >= 7, every_s=0.3)
    true_login(host)
    forgers = fresh()
    require(len(forgers) == 7, "the forgers' own sessions: %s" % [s["name"] for s in forgers])
    require_nothing_happened(host, victim, before, "a forged record")
    for session in forgers:
        trail = host.deployment.trail(session["name"])
        require(not trail.session["method"], "a forger's session: %s" % trail.session)
        require(FORGED not in str(trail.session), "a forger's session: %s" % trail.session)
        host.seen.add(session["name"])
    victim.end()
    print("%d forged records, %d of them not believed" % (sent, len(marked)))


STORIES = (hostile_names, forged_lines, forged_records)


def test(deployment):
    ssh_test.run_stories(deployment, STORIES, False)


if __name__ == "__main__":
    harness.run_test(test)
