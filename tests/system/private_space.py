"""A place of our own on somebody's machine: a mount namespace in which /etc knows the demo user, a
private folder, and a guardian that puts things back should we die without doing so.

Nothing of the host's /etc is written: copies are mounted over it where only our processes see them,
and they vanish with the last of those.
"""
import ctypes
import fcntl
import os
import shutil
import signal
import tempfile
import time

AGENT_UID, UPLINK_UID, COLLECTOR_UID = 64101, 64102, 64103
LOGIN_UID, LOGIN_NAME = 64199, "spoordemo"
MNT_DETACH = 2
CLONE_NEWNS, MS_RDONLY, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 1, 0x1000, 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, "%s: %s" % (name, os.strerror(error)))


def mount(source, target, kind=None, flags=0, options=None):
    _call("mount", source.encode(), target.encode(), kind and kind.encode(),
          ctypes.c_ulong(flags), options and options.encode())


def bind(source, target):
    mount(source, target, flags=MS_BIND)


def mount_empty(target, owner=0):
    mount("none", target, "tmpfs", options="mode=755,uid=%d,gid=%d" % (owner, owner))


def unmount(target):
    _call("umount2", target.encode(), 0)


def detach(target):
    """With all that is mounted below it."""
    _call("umount2", target.encode(), MNT_DETACH)


def take_turn(path="/run/spoor-tests.lock", patience_s=600):
    """There is one audit seat: whoever uses it for tests or the demo takes turns. What this gives
    is to be closed in the end; our guardian holds it, too, until all is put back."""
    if os.environ.get("SPOOR_TURN") == "held":  # by who started us
        return open(os.devnull)
    turn = open(path, "w")
    deadline, told = time.monotonic() + patience_s, False
    while True:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return turn
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            if not told:
                print("Waiting for another test or demo on this machine to end", flush=True)
            told = True
            time.sleep(0.2)


def enter():
    """Into a mount namespace of our own. Its mounts must not spread to where we came from, which is
    said of its root; and that is not our root when we run in a chroot, so we go there and back."""
    _call("unshare", CLONE_NEWNS)
    root, folder = os.open("/", os.O_RDONLY), os.open(".", os.O_RDONLY)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    _call("setns", namespace, CLONE_NEWNS)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    os.fchdir(root)
    os.chroot(".")
    os.fchdir(folder)
    for fd in (root, folder, namespace):
        os.close(fd)
    if not os.path.exists("/dev/pts/ptmx"):  # a bare chroot: sessions need terminals
        os.makedirs("/dev/pts", exist_ok=True)
        mount("devpts", "/dev/pts", "devpts", options="ptmxmode=666,mode=620,gid=5")


def _copy_with(path, line, folder):
    copy = os.path.join(folder, os.path.basename(path))
    shutil.copy2(path, copy)
    owner = os.stat(path)
    os.chown(copy, owner.st_uid, owner.st_gid)
    with open(copy, "a") as file:
        file.write(line + "\n")
    bind(copy, path)


def add_login_user(folder, home):
    """Gives the namespace's /etc a user that may sudo."""
    etc = os.path.join(folder, "etc-copies")
    os.mkdir(etc, 0o700)
    _copy_with("/etc/passwd", "%s:x:%d:%d::%s:/bin/bash" % (LOGIN_NAME, LOGIN_UID, LOGIN_UID, home),
               etc)
    _copy_with("/etc/group", "%s:x:%d:" % (LOGIN_NAME, LOGIN_UID), etc)
    _copy_with("/etc/shadow", "%s:*:19000:0:99999:7:::" % LOGIN_NAME, etc)
    sudoers = os.path.join(etc, "sudoers.d")
    os.mkdir(sudoers, 0o755)
    rule = os.path.join(sudoers, LOGIN_NAME)
    with open(rule, "w") as file:
        file.write("%s ALL=(ALL) NOPASSWD: ALL\n" % LOGIN_NAME)
    os.chmod(rule, 0o440)
    if os.path.isdir("/etc/sudoers.d"):
        bind(sudoers, "/etc/sudoers.d")


def quiet_login(folder):
    """login(1) with its PAM stack as it is, but for what only greets; and with books of logins
    (utmp(5), lastlog) that are the namespace's own."""
    with open("/etc/pam.d/login") as file:
        lines = [line for line in file
                 if not any(word in line for word in ("pam_motd", "pam_lastlog", "pam_mail"))]
    stack = os.path.join(folder, "etc-copies", "pam-login")
    with open(stack, "w") as file:
        file.writelines(lines)
    bind(stack, "/etc/pam.d/login")
    for path in ("/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/run/utmp"):
        if os.path.exists(path):
            book = os.path.join(folder, "etc-copies", os.path.basename(path))
            open(book, "w").close()
            bind(book, path)


def remove_whole(folder, patience_s=30):
    """Who was killed may be writing there for a moment yet: a file that comes while its folder is
    emptied."""
    deadline = time.monotonic() + patience_s
    while os.path.exists(folder):
        shutil.rmtree(folder, ignore_errors=True)
        if time.monotonic() > deadline:
            return
        time.sleep(0.01)


class PrivateFolder:
    """A folder that is removed at the end, with `put_back` called before, whatever the end is: a
    guardian process does both when this one dies without having done so."""

    def __init__(self, put_back=None):
        self.path = tempfile.mkdtemp(prefix="spoor-")
        os.chmod(self.path, 0o755)
        self.put_back = put_back
        here, there = os.pipe()
        self.guardian = os.fork()
        if self.guardian == 0:
            self._guard(here, there)
        os.close(here)
        self.lifeline = there

    def _guard(self, here, there):
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.close(there)
        if not os.read(here, 1):
            self._clean()
        os._exit(0)

    def _clean(self):
        try:
            if self.put_back:
                self.put_back()
        finally:
            remove_whole(self.path)

    def close(self):
        self._clean()
        os.write(self.lifeline, b"x")
        os.close(self.lifeline)
        os.waitpid(self.guardian, 0)
