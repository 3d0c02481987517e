#!/usr/bin/env python3
"""Another program is the audit daemon. With a real auditd: we listen beside it, record what it
records, load no rule into its log, take the seat when it ends, and keep it when it comes again.
With one that takes the seat from us while we run: we say who, and listen on."""
import os

import harness
import private_auditd
import sockets
from harness import LOGIN_UID, require, wait_until
from kernel_audit import KernelAudit
from loss_test import TRUE, Run
from restart_test import reload

FOREIGN_KEY = b"not-spoor"
COMMANDS = 25


def commands(run, word):
    """Serials of the commands whose second argument is this word, with their records' types."""
    found = {}
    for line in run.story().commands:
        args = [arg for arg in line["event"]["command_started"].get("args", [])]
        if len(args) > 1 and harness.bytes_of({"b64": args[1]}) == word.encode():
            found[line["event"]["kernel"]["serial"]] = line["types"]
    return found


def execute(deployment, word, count=COMMANDS):
    deployment.session("/bin/sh", "-c", "i=0; while [ $i -lt %d ]; do i=$((i+1)); %s %s; done" % (
        count, TRUE, word), pty=False).wait()


def states(run, change):
    return [state for state in run.story().states if state["change"] == "CHANGE_" + change]


def exec_rule(kernel):
    """The site's own rule, as auditd's would be: with a key that is none of ours."""
    return kernel.add_exit_rule(LOGIN_UID, FOREIGN_KEY, syscall=59)


def beside_auditd(deployment, kernel, auditd):
    for rule in kernel.guest_rules(LOGIN_UID):  # of the run before
        kernel.delete(rule)
    auditd.start(kernel)
    kernel.set(enabled=1)
    foreign = exec_rule(kernel)
    rules = kernel.rules()
    settings = {name: kernel.status()[name] for name in ("backlog_limit", "backlog_wait_time")}
    try:
        run = Run(deployment, "incumbent")
        require("beside another audit daemon" in deployment.agent.log(), deployment.agent.log())
        require(kernel.status()["pid"] == auditd.process.pid, "auditd has lost the seat")
        wait_until("the listener's word", lambda: states(run, "LISTENING"))
        told = states(run, "LISTENING")[0]
        require(told["other_pid"] == auditd.process.pid, told)
        execute(deployment, "beside")
        wait_until("the commands", lambda: len(commands(run, "beside")) == COMMANDS)
        require(kernel.rules() == rules, "a listener changed the rules")
        require({n: kernel.status()[n] for n in settings} == settings, "it changed settings")

        mine = {line["event"]["kernel"]["serial"]: line["types"] for line in run.story().commands}

        def same():
            theirs = auditd.events_of(LOGIN_UID)
            # auditd writes no end-of-event to its log.
            return {s: len(t) for s, t in theirs.items() if s in mine} == {
                s: len([k for k in t if k != 1320]) for s, t in mine.items()}
        wait_until("auditd's log to tell the same %d events" % len(mine), same)

        auditd.stop()
        wait_until("the seat", lambda: kernel.status()["pid"] == deployment.agent.pid)
        wait_until("its telling", lambda: states(run, "SEAT_TAKEN"))
        wait_until("our rules", lambda: kernel.guest_rules(LOGIN_UID))
        execute(deployment, "seated")
        wait_until("the commands", lambda: len(commands(run, "seated")) == COMMANDS)

        again = auditd.spawn()
        require(again.wait(harness.PATIENCE_S) != 0, "a second daemon did not mind")
        require(kernel.status()["pid"] == deployment.agent.pid, "we have lost the seat")
        execute(deployment, "still")
        wait_until("the commands", lambda: len(commands(run, "still")) == COMMANDS)
        story = run.stop()
        require(not story.losses, "losses where nothing was lost: %s" % story.losses)
        doubles = [line for line in story.lines if "INCOMPLETE_LATE" in
                   line["event"].get("incomplete", [])]
        require(not doubles, "%d events came twice" % len(doubles))
        print("beside auditd: %d events alike; took its seat, and kept it" % len(mine))
    finally:
        auditd.stop()
        kernel.delete(foreign)


def seat_taken_away(deployment, kernel):
    run = Run(deployment, "taken")
    with sockets.netlink_socket(run.pid, sockets.NETLINK_AUDIT) as audit:
        sockets.disconnect_from_kernel(audit)
        daemon = sockets.Daemon()  # asks; the kernel finds us gone
        sockets.connect_to_kernel(audit)
    try:
        wait_until("the loss of the seat", lambda: states(run, "SEAT_LOST"))
        told = states(run, "SEAT_LOST")[0]
        require(told["other_pid"] == daemon.pid, told)
        exe = harness.bytes_of({"b64": told.get("other_exe", "")}).decode()
        require("python" in exe, "the taker's program is %r" % exe)
        wait_until("the listener's word", lambda: states(run, "LISTENING"))
        wait_until("our rules to go", lambda: not kernel.guest_rules(LOGIN_UID))
        foreign = exec_rule(kernel)
        try:
            execute(deployment, "listening")
            wait_until("the commands", lambda: len(commands(run, "listening")) == COMMANDS)
        finally:
            kernel.delete(foreign)
        daemon.stop()
        wait_until("the seat", lambda: kernel.status()["pid"] == deployment.agent.pid)
        wait_until("our rules", lambda: kernel.guest_rules(LOGIN_UID))
        execute(deployment, "back")
        wait_until("the commands", lambda: len(commands(run, "back")) == COMMANDS)
        run.stop()
        print("seat taken away: said who, listened on, took it back")
    finally:
        daemon.stop()


def settings_are_kept(deployment, kernel):
    """Who turns the queue small behind our back is told of, and undone."""
    run = Run(deployment, "settings")
    kernel.set(backlog_limit=64)
    wait_until("the repair", lambda: kernel.status()["backlog_limit"] == 8192)
    wait_until("its telling", lambda: states(run, "SETTINGS_REPAIRED"))
    told = states(run, "SETTINGS_REPAIRED")[0]
    require("backlog_limit 8192, was 64" in told["detail"], told)
    kernel.reset_lost()
    wait_until("the counter's reset", lambda: states(run, "COUNTER_RESET"))
    run.stop()
    print("settings: put back and told of")


def refused(deployment):
    daemon = sockets.Daemon()
    try:
        deployment.with_own_spool("refused", kernel={"beside_daemon": "refuse"})
        deployment.agent.start()
        code = deployment.agent.end()
        require(code == 1 and "pid %d" % daemon.pid in deployment.agent.log(),
                "ended with %d: %s" % (code, deployment.agent.log()))
    finally:
        daemon.stop()


def as_login(agent):
    """The agent's command with the test's login uid, about which our rules are."""
    return ["/bin/sh", "-c", 'echo %d > /proc/self/loginuid && exec "$@"' % LOGIN_UID, "sh", *agent]


def agent_is_not_audited(deployment, kernel):
    """Neither as the daemon, whose threads the kernel exempts, whatever login they are of, nor as a
    listener, who has none: no record of our rules names us, though we execute ourselves."""
    command = deployment.agent.argv
    for name in ("as-daemon", "as-listener"):
        daemon = sockets.Daemon() if name == "as-listener" else None
        deployment.agent.argv = command if daemon else as_login(command)
        try:
            kernel.set(enabled=1)
            run = Run(deployment, name, rules={"beside_daemon": "true"})
            reader = sockets.AuditListener()
            reload(deployment.agent)
            execute(deployment, name, 5)
            wait_until("the commands", lambda: len(commands(run, name)) == 5)
            run.stop()
            kernel.set(enabled=1)
            reader.catch_up(kernel)
            # A listener's coming and going the kernel tells of by itself, with no key.
            calls = [text for kind, text in reader.messages
                     if kind == 1300 and b'key="spoor-' in text]
            reader.close()
            require(calls, "our rules yield nothing")
            ours = [text for text in calls if b" pid=%d " % run.pid in text]
            require(not ours, "%d records name the agent: %s" % (len(ours), ours[:1]))
        finally:
            deployment.agent.argv = command
            if daemon:
                daemon.stop()
    print("the agent: not audited, as the daemon or beside one")


def test(deployment):
    kernel = KernelAudit()
    folder = deployment.path("auditd")
    os.mkdir(folder)
    missing = private_auditd.fetch(folder, deployment.packages)
    if missing:
        print("missing: " + missing)
        require(os.environ.get("CI") != "true", missing)
    enabled = kernel.status()["enabled"]
    settings_are_kept(deployment, kernel)
    refused(deployment)
    agent_is_not_audited(deployment, kernel)
    seat_taken_away(deployment, kernel)
    if not missing:
        beside_auditd(deployment, kernel, private_auditd.Auditd(folder))
    kernel.set(enabled=enabled)


if __name__ == "__main__":
    harness.run_test(test)
