#!/usr/bin/env python3
"""What only the witness can see: that somebody who calls himself sshd is none, that a program which
ran before the agent is what it says, and where a directory's descriptor leads."""
import base64
import os
import subprocess
import sys

import harness
from harness import require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID

USER_AUTH = 1100
SSHD = "/usr/sbin/sshd"
# A service that has run before the agent and is called what it is told to be called: for each line
# that it reads it writes a record of a login of its.
SPEAKER = """
import ctypes, sys
sys.path.insert(0, %r)
import kernel_audit
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
audit = kernel_audit.KernelAudit()
print("ready", flush=True)
for line in sys.stdin:
    audit.say("op=PAM:authentication acct=\\"%%s\\" exe=\\"%%s\\" hostname=192.0.2.7 "
              "addr=192.0.2.7 terminal=ssh res=failed" %% (sys.argv[2], line.strip()), %d)
    print("said", flush=True)
"""
# Opens the folder, changes into none, makes a file in it, and holds it open a moment longer.
WRITER = """
import os, sys, time
folder = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
os.close(os.open("made", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=folder))
os.rename("made", "moved", src_dir_fd=folder, dst_dir_fd=folder)
os.unlink("moved", dir_fd=folder)
print("made", flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.02)
"""


class Speaker:
    """A program at that path, which calls itself so."""

    def __init__(self, program, comm):
        here = os.path.dirname(os.path.abspath(__file__))
        script = SPEAKER % (here, USER_AUTH)
        self.process = subprocess.Popen([program, "-B", "-c", script, comm, LOGIN_NAME],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def answer(self):
        return self.process.stdout.readline()

    def say_it_is(self, exe):
        self.process.stdin.write(exe + "\n")
        self.process.stdin.flush()
        require(self.answer() == "said\n", "the record was refused")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(harness.PATIENCE_S)


def text(value):
    """A bytes field of what spoor-test-spool prints."""
    return base64.b64decode(value).decode()


def told(deployment, pid, kind):
    """The one event of this kind that the process's record became."""
    def there():
        found = [line["event"] for line in deployment.spooled(deployment.path("spool"))
                 if line.get("event", {}).get(kind, {}).get("pid") == pid]
        return found[0] if found else None
    return wait_until("%s of pid %d" % (kind, pid), there, every_s=0.2)


def check_speakers(deployment, forger, honest, python):
    forger.say_it_is(SSHD)
    event = told(deployment, forger.process.pid, "disbelieved_record")
    said = event["disbelieved_record"]
    require(text(said["exe"]) == python, "it is %s" % said)
    require(text(said["claimed_exe"]) == SSHD, "it claims %s" % said)

    honest.say_it_is(python)
    event = told(deployment, honest.process.pid, "authentication")
    confidence = event.get("attribution", {}).get("confidence")
    require(confidence != "CONFIDENCE_CLAIMED", "it is not believed: %s" % event)


def check_directory(deployment):
    folder = deployment.path("home", "never seen")
    os.mkdir(folder)
    os.chown(folder, LOGIN_UID, LOGIN_UID)
    enough = deployment.path("home", "enough")
    writer = deployment.session("/usr/bin/python3", "-c", WRITER, folder, enough, pty=False,
                                output=subprocess.PIPE)
    require(writer.stdout.readline() == b"made\n", "nothing was made")

    def accesses():
        events = [line["event"] for line in deployment.spooled(deployment.path("spool"))
                  if "file_access" in line.get("event", {})]
        return events if len(events) >= 3 else None
    events = wait_until("three calls on files", accesses, every_s=0.2)
    with open(enough, "w"):
        pass
    for event, names in zip(events, (["made"], ["made", "moved"], ["moved"])):
        access = event["file_access"]
        paths = [text(access[key]) for key in ("path", "new_path") if access.get(key)]
        require(paths == [os.path.join(folder, name) for name in names],
                "%s, not %s in %s" % (paths, names, folder))
        require(access["path_resolved"], "it is not resolved: %s" % access)
    writer.wait(harness.PATIENCE_S)


def test(deployment):
    python = os.path.realpath(sys.executable)
    with open(deployment.path("rules", "20-files.rules"), "w") as file:
        file.write("-a always,exit -F arch=b64 -S openat,renameat,renameat2,unlinkat -F dir=%s "
                   "-F perm=wa -k spoor-files\n" % deployment.path("home"))
    forger, honest = Speaker(python, "sshd"), Speaker(python, "sshd")
    try:
        deployment.start()
        check_speakers(deployment, forger, honest, python)
        check_directory(deployment)
    finally:
        forger.stop()
        honest.stop()


if __name__ == "__main__":
    harness.run_test(test)
