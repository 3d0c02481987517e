"""A stand-in for systemd towards one program: it keeps the file descriptors that the program gives
it (sd_notify(3), FDSTORE=1) and passes them to its next run (sd_listen_fds(3)).

As the original it forgets a descriptor only when it is told to, answers BARRIER=1 by closing what
came with it, knows nothing of what the descriptors are, and does not take one twice, under whatever
name.
"""
import array
import os
import socket
import subprocess
import sys
import threading
import time

import harness

# Puts the descriptors where sd_listen_fds(3) has them, and executes: the pid stays.
LAUNCHER = """
import os, sys
fds = [int(fd) for fd in sys.argv[1].split(",") if fd]
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))
high = [os.dup(fd) for fd in fds]
while high and min(high) < 3 + len(fds):
    high = [os.dup(fd) for fd in high]
for place, fd in enumerate(high):
    os.dup2(fd, 3 + place)
os.closerange(3 + len(fds), 1024)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class FdStore:
    def __init__(self, folder, uid):
        self.path = os.path.join(folder, "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chown(self.path, uid, uid)
        self.kept, self.said, self.turn = {}, [], threading.Lock()
        self.watch = lambda words, acted: None  # before and after what was said is done
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4 * 16))
            fds = array.array("i")
            for level, kind, content in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds.frombytes(content[:len(content) - len(content) % fds.itemsize])
            if not data:
                return
            words = dict(line.split("=", 1) for line in data.decode().splitlines())
            with self.turn:
                self.watch(words, False)
                self._act(words, list(fds))
                self.watch(words, True)
                self.said.append(words)

    def _act(self, words, fds):
        if words.get("FDSTORE") == "1":
            for fd in fds:
                if any(same(fd, kept) for kept in self.kept.values()):
                    os.close(fd)
                else:
                    self._forget(words["FDNAME"])
                    self.kept[words["FDNAME"]] = fd
            return
        if words.get("FDSTOREREMOVE") == "1":
            self._forget(words["FDNAME"])
        for fd in fds:
            os.close(fd)

    def _forget(self, name):
        if name in self.kept:
            os.close(self.kept.pop(name))

    def names(self):
        """Of what it keeps."""
        with self.turn:
            return sorted(self.kept)

    def catch_up(self):
        """Until all that has been said to it is done, by the dead, too."""
        mark = "X_SPOOR_MARK_%d" % time.monotonic_ns()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
            here.sendto((mark + "=1").encode(), self.path)
        harness.wait_until("the store to have done all", lambda: self.has_said(mark))

    def has_said(self, word):
        with self.turn:
            return any(word in words for words in self.said)

    def close(self):
        with self.turn:
            for name in list(self.kept):
                self._forget(name)


def same(one, other):
    """Whether two descriptors are one socket."""
    return os.fstat(one)[:2] == os.fstat(other)[:2]


class ManagedProgram(harness.Program):
    """A program under the stand-in's care."""

    def __init__(self, program, store):
        super().__init__(program.name, program.argv, os.path.dirname(program.log_path))
        self.store = store

    def start(self, ready=None):
        self.log_from = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with self.store.turn, open(self.log_path, "ab") as log:
            names, fds = list(self.store.kept), list(self.store.kept.values())
            self.process = subprocess.Popen(
                [sys.executable, "-c", LAUNCHER, ",".join(map(str, fds))] + self.argv,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", pass_fds=fds,
                start_new_session=True,
                env={**os.environ, "NOTIFY_SOCKET": self.store.path,
                     "LISTEN_FDNAMES": ":".join(names)})
        if ready:
            self.wait_for(ready)
