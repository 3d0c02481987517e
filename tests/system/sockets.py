"""Another process's netlink sockets, and our own beside them: how a test makes a buffer small,
looks at a counter, stops one thread, or takes an agent's seat away, without a switch in the agent.

All as root, on processes that the test itself has started.
"""
import ctypes
import itertools
import os
import signal
import socket
import struct
import threading
import time

from harness import PATIENCE_S, wait_until

SO_RCVBUFFORCE, SO_MEMINFO, SOL_NETLINK = 33, 55, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_NO_ENOBUFS, READLOG = 1, 5, 1
NETLINK_AUDIT, NETLINK_CONNECTOR = 9, 11
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
AUDIT_SET, AUDIT_STATUS_PID = 1001, 4
libc = ctypes.CDLL(None, use_errno=True)


def _call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def netlink_socket(pid, protocol, largest=True):
    """A process's socket of this netlink protocol, shared: the one with the largest buffer, as the
    data socket is among those of audit."""
    process = _call(SYS_PIDFD_OPEN, pid, 0)
    found = []
    try:
        for name in os.listdir("/proc/%d/fd" % pid):
            try:
                if not os.readlink("/proc/%d/fd/%s" % (pid, name)).startswith("socket:"):
                    continue
                there = socket.socket(fileno=_call(SYS_PIDFD_GETFD, process, int(name), 0))
            except OSError:
                continue
            if there.family == socket.AF_NETLINK and there.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PROTOCOL) == protocol:
                found.append(there)
            else:
                there.close()
    finally:
        os.close(process)
    found.sort(key=lambda s: s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), reverse=largest)
    for other in found[1:]:
        other.close()
    return found[0]


def set_buffer(there, size):
    there.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)


def _meminfo(there):
    return struct.unpack("=9I", there.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))


def drops(there):
    return _meminfo(there)[8]


def waiting(there):
    """Bytes that nobody has read."""
    return _meminfo(there)[0]


def disconnect_from_kernel(there, port=424242):
    """A netlink socket that is connected elsewhere refuses the kernel's messages, and the kernel
    takes its daemon for gone."""
    address = struct.pack("=HHII", socket.AF_NETLINK, 0, port, 0)
    if libc.connect(there.fileno(), address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), "connecting the audit socket elsewhere")


def connect_to_kernel(there):
    address = struct.pack("=HHII", 0, 0, 0, 0)  # AF_UNSPEC: as before
    libc.connect(there.fileno(), address, len(address))


class StoppedThread:
    """One thread of a process, stopped by ptrace(2); the others run on. Should we die, it does."""

    def __init__(self, pid, name):
        self.thread = next(int(thread) for thread in os.listdir("/proc/%d/task" % pid)
                           if self._comm(pid, thread) == name)

    @staticmethod
    def _comm(pid, thread):
        try:
            with open("/proc/%d/task/%s/comm" % (pid, thread)) as file:
                return file.read().strip()
        except OSError:  # it has ended
            return None

    def __enter__(self):
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            self._trace(request)
        os.waitpid(self.thread, 0x40000000)  # __WALL
        return self

    def __exit__(self, *_):
        self._trace(PTRACE_DETACH)

    def _trace(self, request):
        if libc.ptrace(request, self.thread, None, None) != 0:
            error = ctypes.get_errno()
            raise OSError(error, "ptrace: " + os.strerror(error))


class Reader:
    """Reads a netlink socket on a thread of its own: (type, payload) of each datagram."""

    def __init__(self, there):
        self.socket, self.messages, self.going = there, [], True
        self.socket.setsockopt(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
        set_buffer(self.socket, 64 << 20)
        self.socket.settimeout(0.05)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while self.going:
            try:
                data = self.socket.recv(1 << 16)
            except OSError:
                continue
            self.messages.append((struct.unpack_from("=H", data, 4)[0], data[16:]))

    def until(self, what, is_it):
        """Until a message has come of which is_it(type, payload) is true: all that was sent before
        it is there, too."""
        looked = 0

        def came():
            nonlocal looked
            while looked < len(self.messages):
                looked += 1
                if is_it(*self.messages[looked - 1]):
                    return True
            return False
        wait_until(what, came)

    def close(self):
        self.going = False
        self.thread.join()
        missed = drops(self.socket)
        self.socket.close()
        if missed:
            raise OSError("our own reader missed %d messages" % missed)


class AuditListener(Reader):
    """Copies of all records that the kernel could queue."""
    marks = itertools.count()

    def __init__(self):
        there = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        there.bind((0, 0))
        there.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, READLOG)
        super().__init__(there)

    def catch_up(self, kernel):
        """Until all that the kernel had queued is there: behind it stands a record of our own, an
        event of nobody's session. Audit is to be on."""
        mark = "spoor-test-mark-%d-%d" % (os.getpid(), next(self.marks))
        kernel.say(mark)
        self.until("the kernel's records", lambda _, payload: mark.encode() in payload)


class Daemon:
    """Another audit daemon: a child that takes the seat, reads and forgets. `retry_s`: keeps asking
    for the seat for so long."""

    def __init__(self, retry_s=PATIENCE_S):
        here, there = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(here)
            self._serve(there, retry_s)
        os.close(there)
        taken = os.read(here, 1)
        os.close(here)
        if not taken:
            os.waitpid(self.pid, 0)
            raise OSError("the seat was not to be had")

    def _serve(self, there, retry_s):
        seat = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        seat.bind((0, 0))
        set_buffer(seat, 32 << 20)

        def ask(pid):
            status = struct.pack("=11I", AUDIT_STATUS_PID, 0, 0, pid, *[0] * 7)
            seat.send(struct.pack("=IHHII", 16 + len(status), AUDIT_SET, 5, 1, 0) + status)
        deadline, taken = time.monotonic() + retry_s, False
        while not taken and time.monotonic() < deadline:
            ask(os.getpid())
            while True:
                data = seat.recv(1 << 16)
                if struct.unpack_from("=H", data, 4)[0] == 2:
                    taken = struct.unpack_from("=i", data, 16)[0] == 0
                    break
        if taken:
            # Left in order: a kernel that has nothing to tell does not notice that we are gone.
            signal.signal(signal.SIGTERM, lambda *_: (ask(0), os._exit(0)))
            os.write(there, b"1")
        os.close(there)
        while taken:
            seat.recv(1 << 16)
        os._exit(0)

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)
            self.pid = None
