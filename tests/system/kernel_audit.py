"""The kernel's audit system over its netlink socket: status, rules, and putting both back.

A guest's rule is one whose key begins with `spoor-` and which is limited to the test's login uid
(`-F auid=…`). Nothing here ever touches another rule.
"""
import json
import os
import socket
import struct
import time

NETLINK_AUDIT, NETLINK_CONNECTOR = 9, 11
NLMSG_ERROR, NLMSG_DONE, NLM_F_REQUEST, NLM_F_ACK = 2, 3, 1, 4
AUDIT_GET, AUDIT_SET, AUDIT_ADD_RULE, AUDIT_DEL_RULE, AUDIT_LIST_RULES = \
    1000, 1001, 1011, 1012, 1013
AUDIT_FILTER_EXIT, AUDIT_ALWAYS, AUDIT_EQUAL = 4, 2, 0x40000000
STATUS = ("mask", "enabled", "failure", "pid", "rate_limit", "backlog_limit", "lost", "backlog",
          "features", "backlog_wait_time", "backlog_wait_time_actual")
STATUS_BITS = {"enabled": 1, "failure": 2, "pid": 4, "rate_limit": 8, "backlog_limit": 16,
               "backlog_wait_time": 32}
AUDIT_STATUS_LOST, AUDIT_USER = 0x40, 1005
AUDIT_LOGINUID, AUDIT_FILTERKEY = 9, 210
TEXT_FIELDS = {13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 105, 107, 112, AUDIT_FILTERKEY}
RULE_HEAD = struct.Struct("=3I64I64I64I64II")
KEY_PREFIX = b"spoor-"
ANSWER_S, ANSWER_BYTES, SO_RCVBUFFORCE = 60, 8 << 20, 33
# What a guest must leave as found. `lost` and `backlog` are counters.
KEPT = ("enabled", "pid", "backlog_limit", "failure", "rate_limit", "backlog_wait_time")


class KernelAudit:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        self.socket.bind((0, 0))
        self.socket.settimeout(ANSWER_S)
        # For all rules that there may be: the kernel waits a tenth of a second for who does not
        # read them, and leaves out what then finds no room.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ANSWER_BYTES)
        self.sequence = 0

    def _send(self, kind, payload=b""):
        self.sequence += 1
        head = struct.pack("=IHHII", 16 + len(payload), kind, NLM_F_REQUEST | NLM_F_ACK,
                           self.sequence, 0)
        self.socket.send(head + payload)

    def _receive(self):
        """One message that answers the last request, as (type, payload)."""
        while True:
            data = self.socket.recv(1 << 16)
            kind, sequence = struct.unpack_from("=HxxI", data, 4)
            if sequence != self.sequence:
                continue
            if kind == NLMSG_ERROR:
                error = -struct.unpack_from("=i", data, 16)[0]
                if error:
                    raise OSError(error, os.strerror(error))
            return kind, data[16:]

    def _ask(self, kind, payload=b""):
        """Everything that answers, but the acknowledgement."""
        self._send(kind, payload)
        answers, acknowledged = [], False
        while True:
            got, data = self._receive()
            if got == NLMSG_ERROR:
                acknowledged = True
                if kind not in (AUDIT_GET, AUDIT_LIST_RULES):
                    return answers
            elif got == NLMSG_DONE:
                return answers
            else:
                answers.append(data)
            if kind == AUDIT_GET and answers and acknowledged:
                return answers

    def status(self):
        data = self._ask(AUDIT_GET)[0]
        values = struct.unpack_from("=%dI" % (len(data) // 4), data)
        return dict(zip(STATUS, values))

    def free_dead_seat(self):
        """A kernel that has nothing to tell does not notice that its daemon is gone: take the seat
        from it and leave it."""
        pid = self.status()["pid"]
        if pid and not os.path.exists("/proc/%d" % pid):
            try:
                self.set(pid=os.getpid())
                self.set(pid=0)
            except OSError:
                pass  # somebody was quicker

    def set(self, **values):
        for name, value in values.items():
            fields = dict.fromkeys(STATUS, 0)
            fields.update({"mask": STATUS_BITS[name], name: value})
            self._ask(AUDIT_SET, struct.pack("=11I", *(fields[s] for s in STATUS)))

    def rules(self):
        return self._ask(AUDIT_LIST_RULES)

    def guest_rules(self, login_uid):
        return [rule for rule in self.rules() if is_guest_rule(rule, login_uid)]

    def delete(self, rule):
        self._ask(AUDIT_DEL_RULE, rule)

    def reset_lost(self):
        """Sets the counter of lost records to zero; the kernel writes a record of that."""
        try:
            self._ask(AUDIT_SET, struct.pack("=11I", AUDIT_STATUS_LOST, *[0] * 10))
        except OSError as answer:
            if answer.errno > 0:
                raise  # else it is no error: the kernel answers with what the counter was

    def say(self, text, kind=AUDIT_USER):
        """A program's own record: an event of one record, whatever rules there are."""
        self._ask(kind, text.encode() + b"\0")

    def add_exit_rule(self, login_uid, key, syscall=135):
        """`-a always,exit -F auid=N -S SYSCALL -k KEY`, as somebody else might have it."""
        mask, fields, values, flags = [0] * 64, [0] * 64, [0] * 64, [0] * 64
        mask[syscall // 32] = 1 << syscall % 32
        fields[:2], values[:2] = (AUDIT_LOGINUID, AUDIT_FILTERKEY), (login_uid, len(key))
        flags[:2] = (AUDIT_EQUAL, AUDIT_EQUAL)
        rule = RULE_HEAD.pack(AUDIT_FILTER_EXIT, AUDIT_ALWAYS, 2, *mask, *fields, *values, *flags,
                              len(key)) + key
        before = self.rules()
        self._ask(AUDIT_ADD_RULE, rule)
        return next(there for there in self.rules() if there not in before)


def is_guest_rule(rule, login_uid):
    head = RULE_HEAD.unpack_from(rule)
    count, fields, values = head[2], head[67:131], head[131:195]
    text, key, limited = RULE_HEAD.size, False, False
    for field, value in list(zip(fields, values))[:count]:
        if field == AUDIT_LOGINUID and value == login_uid:
            limited = True
        if field == AUDIT_FILTERKEY:
            key = rule[text:text + value].startswith(KEY_PREFIX)
        if field in TEXT_FIELDS:
            text += value
    return key and limited


class Found:
    """How the kernel was found, kept in a file until it is so again, so that the next start can put
    back what a crash left."""

    def __init__(self, login_uid, path="/run/spoor-tests-found.json"):
        self.login_uid, self.kernel = login_uid, KernelAudit()
        # By its folder's descriptor: a test may mount another /run over this one.
        self.folder, self.name = os.open(os.path.dirname(path), os.O_PATH), os.path.basename(path)
        with open("/proc/sys/kernel/random/boot_id") as boot:
            boot_id = boot.read()
        self.state = {"boot": boot_id, "status": self._now()}
        try:
            with self._open(os.O_RDONLY) as file:
                left = json.load(file)
            if left["boot"] == boot_id:
                self.state = left
                self.put_back()
        except (OSError, ValueError, KeyError):
            pass

    def _now(self):
        status = self.kernel.status()
        return {name: status[name] for name in KEPT}

    def _open(self, flags):
        mode = "r" if flags == os.O_RDONLY else "w"
        return os.fdopen(os.open(self.name, flags, 0o644, dir_fd=self.folder), mode)

    def remember(self):
        with self._open(os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            json.dump(self.state, file)

    def differences(self):
        """What is not as it was found, in words; empty: all is."""
        now = self._now()
        found = self.state["status"]
        words = ["%s is %s, was %s" % (name, now[name], found[name])
                 for name in KEPT if now[name] != found[name]]
        rules = len(self.kernel.guest_rules(self.login_uid))
        return words + (["%d rules of ours are left" % rules] if rules else [])

    def put_back(self, patience_s=10):
        """Removes our rules and restores the settings; waits until a dead daemon's seat is free."""
        for rule in self.kernel.guest_rules(self.login_uid):
            self.kernel.delete(rule)
        found = self.state["status"]
        wanted = {name: found[name] for name in KEPT if name != "pid"}
        deadline = time.monotonic() + patience_s
        while True:
            now = self._now()
            self.kernel.set(**{name: value for name, value in wanted.items() if now[name] != value})
            if not self.differences() or time.monotonic() > deadline:
                break
            # The kernel notices that its daemon is gone when it has something to tell it, and it
            # tells of nothing while audit is off.
            self.kernel.set(enabled=1)
            self.kernel.set(enabled=found["enabled"])
            self.kernel.free_dead_seat()
            time.sleep(0.02)
        left = self.differences()
        if not left:
            self.forget()
        return left

    def forget(self):
        try:
            os.unlink(self.name, dir_fd=self.folder)
        except FileNotFoundError:
            pass


def what_is_missing():
    """Why nothing can be captured here, in one line; None: it can."""
    if os.geteuid() != 0:
        return "root"
    if not os.path.exists("/proc/self/loginuid"):
        return "/proc, with login uids"
    try:
        KernelAudit().free_dead_seat()
        status = KernelAudit().status()
    except PermissionError:
        return "CAP_AUDIT_CONTROL"
    except OSError as error:
        return "kernel audit (%s)" % error.strerror
    if status["pid"] and os.path.exists("/proc/%d" % status["pid"]):
        return "a free audit seat: process %d is the audit daemon" % status["pid"]
    if status["enabled"] == 2:
        return "an audit system that is not locked (auditctl -e 2)"
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR) as connector:
            connector.bind((0, 1))
    except OSError as error:
        return "the kernel's proc connector (%s)" % error.strerror
    return None
