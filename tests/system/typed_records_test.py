#!/usr/bin/env python3
"""What is no command comes through typed: sockets of every family, by `spoor trail --json`."""
import os
import shutil

from harness import SOURCE, bytes_of, require, run_test, wait_until

SCENARIOS = os.path.join(SOURCE, "tests", "golden", "scenarios")
# (family, what says where)
ADDRESSES = [
    ("inet", {"address": "127.0.0.1", "port": 1}), ("inet6", {"address": "::1", "scope": "1"}),
    ("unix", {"path": b"/mnt/home/no such socket"}), ("unix", {"path": b"\0abstract\xff"}),
    ("netlink", {"scope": "0x00000001"}), ("vsock", {"address": "3", "port": 1234}),
    ("ax25", {"address": "N0CA-7"}), ("x25", {"address": "2342"}),
    ("packet", {"address": "01:02:03:04:05:ff", "scope": "0x88cc", "interface": 2}),
    ("bluetooth", {"address": "00:1a:7d:da:71:13", "port": 1}), ("qipcrtr", {"port": 15}),
    ("alg", {"path": b"cbc(aes)"}), ("xdp", {"interface": 7}), ("kcm", {"rest": b"\1\2\3\4"}),
    ("inet6", {"port": 443, "cut": True}), ("200", {"rest": b"\1\2\3\4"})]


def fields_of(record):
    return {field["name"]: field for field in record["fields"]}


def calls_of(trail):
    """{syscall: [its records by type]} of the events that are no commands."""
    calls = {}
    for line in trail.events:
        event = line["event"]
        told = event.get("network") or event.get("other_record")
        if told:
            records = {record["type_name"]: fields_of(record) for record in event["records"]}
            calls.setdefault(told["syscall"], []).append(records)
    return calls


def check_command(trail):
    """A command's own records are in its line: registers, paths, ids, what executed it."""
    command = trail.named("python3")[0]
    require(command["items"] == len(command["paths"]) > 0,
            "a command lacks what its SYSCALL and PATHs said: %s" % command)
    require(command["credentials"]["euid"] == command["uid"] and command["syscall"] == "execve"
            and command["argc"] == len(command["args"]) and not command["args_missing"],
            "a command contradicts itself: %s" % command)


def test(deployment):
    shutil.copy(os.path.join(SCENARIOS, "socket_families.rules"), deployment.path("rules"))
    script = shutil.copy(os.path.join(SCENARIOS, "socket_families.sh"), deployment.path("home"))
    deployment.start()
    require(deployment.session("/bin/sh", script).wait() == 0, "the scenario failed")

    def complete():
        session = deployment.our_session()
        return session and session["commands"] >= 2 and session["commands_running"] == 0 and session
    name = wait_until("the session's end", complete)["name"]
    check_command(deployment.trail(name))
    calls = wait_until("its sockets", lambda: (
        lambda calls: calls if len(calls.get("socket", [])) == 10 else None)(
            calls_of(deployment.trail(name))))

    seen = [records["SOCKADDR"]["saddr"]["address"]
            for call in ("connect", "bind") for records in calls[call]]
    for family, wanted in ADDRESSES:
        require(any(each["family"] == family and all(
            (bytes_of(each.get(key, "")) if isinstance(value, bytes) else each.get(key)) == value
            for key, value in wanted.items()) for each in seen),
            "no %s %s in %s" % (family, wanted, seen))
    for records in calls["socket"]:
        require(records["SYSCALL"]["arch"]["meaning"], "no architecture: %s" % records["SYSCALL"])
        require("SOCK_CLOEXEC" in records["SYSCALL"]["a1"]["meaning"],
                "no socket type: %s" % records["SYSCALL"]["a1"])
    refused = [records["SYSCALL"]["exit"]["meaning"] for records in calls["connect"]]
    require("ECONNREFUSED" in refused, "errors without names: %s" % refused)
    print("%d addresses" % len(seen))


if __name__ == "__main__":
    run_test(test)
