#!/usr/bin/env python3
"""Rules as shipped, on the real kernel: what the agent loads is, byte for byte, what auditctl loads
from the same line; check-rules prints what `auditctl -l` prints; a rule of somebody else survives;
a rule of ours that was removed comes back; a bad rule file changes nothing."""
import base64
import os
import re
import shutil
import subprocess
import sys

import harness
from audit_tools import AuditTools
from harness import LOGIN_UID, require, wait_until
from kernel_audit import AUDIT_FILTER_EXIT, KernelAudit, RULE_HEAD
from loss_test import Run

RULES = os.path.join(harness.SOURCE, "rules", "audit")
FILTER_URING = 7
FOREIGN_KEY = b"not-spoor"
BINARIES = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""


def shipped_lines():
    """Every rule of every profile. Each with a key of its own: none is then merged with another,
    and it can be found again."""
    lines = []
    for folder, _, names in sorted(os.walk(RULES)):
        for name in sorted(names):
            if not name.endswith(".rules"):
                continue
            with open(os.path.join(folder, name)) as file:
                for line in file:
                    if line.startswith("-"):
                        require(re.search(r" -k spoor-[a-z-]+\n$", line), "no key: " + line)
                        lines.append(line.rsplit(" -k ", 1)[0] + " -k spoor-%04d" % len(lines))
    require(len(lines) > 100, "only %d shipped rules" % len(lines))
    return lines


def write(path, lines):
    with open(path, "w") as file:
        file.write("".join(line + "\n" for line in lines))
    os.chmod(path, 0o644)


def by_key(rules):
    """{key: rule}; the key is a rule's last text, before what pads the message."""
    keyed = {}
    for rule in rules:
        rule = rule[:RULE_HEAD.size + RULE_HEAD.unpack_from(rule)[-1]]
        match = re.search(rb"spoor-\d{4}$", rule)
        require(match, "a rule of ours without our key")
        keyed[match.group().decode()] = rule
    return keyed


def words_of(rule):
    """The rule's numbers that are not 0, by place, and its texts."""
    numbers = RULE_HEAD.unpack_from(rule)
    return {i: n for i, n in enumerate(numbers) if n}, rule[RULE_HEAD.size:]


def is_uring(line):
    return ",io_uring " in line


def check_rules(deployment, *files, mind=None):
    """What it prints to standard output; what else it says goes into `mind`."""
    done = subprocess.run([os.path.join(deployment.bin, "spoor-agent"), "--config",
                           deployment.config("agent"), "check-rules"] + list(files),
                          capture_output=True, text=True)
    require(done.returncode == 0, "check-rules failed:\n" + done.stderr)
    if mind is not None:
        mind.extend(done.stderr.splitlines())
    return done.stdout.splitlines()


def what_auditctl_makes(tools, kernel, lines):
    """({key: raw rule}, what it lists) of the lines, each limited to our login uid. Rules about
    places that are not there do not load, and a file of rules would end at the first of them."""
    try:
        for line in lines:
            limited = line.replace(" -k ", " -F auid=%d -k " % LOGIN_UID)
            done = tools.auditctl(*limited.split(" "))
            require(done.returncode == 0 or "No such file or directory" in done.stderr,
                    "auditctl refuses %s: %s" % (line, done.stderr))
        ours = kernel.guest_rules(LOGIN_UID)
        return by_key(ours), tools.listed()
    finally:
        for rule in kernel.guest_rules(LOGIN_UID):
            kernel.delete(rule)


def left_out_here(notes, path):
    """Numbers of the lines that name what this machine has not: auditctl would refuse them."""
    found = [re.match(r"note: %s:(\d+): rule left out: " % re.escape(path), note)
             for note in notes]
    return {int(note.group(1)) - 1 for note in found if note}


def compare_encodings(deployment, kernel, tools):
    lines = shipped_lines()
    rules = deployment.path("rules", "10-commands.rules")
    write(rules, lines)
    notes = []
    ours = {line.rsplit("key=", 1)[1]: line for line in check_rules(deployment, rules, mind=notes)}
    absent = left_out_here(notes, rules)
    require(len(absent) < 10, "left out on this machine: %s" % notes)
    for_auditctl = [line for number, line in enumerate(lines)  # 3.0.9 has no list io_uring
                    if number not in absent and not is_uring(line)]
    made, listed = what_auditctl_makes(tools, kernel, for_auditctl)
    require(len(made) > 100, "auditctl loaded %d rules only" % len(made))

    deployment.start_agent()
    loaded = by_key(kernel.guest_rules(LOGIN_UID))
    log = deployment.agent.log()
    for key, raw in loaded.items():
        line = lines[int(key.split("-")[1])]
        if is_uring(line):
            require(RULE_HEAD.unpack_from(raw)[0] == FILTER_URING, "on another list: " + line)
            continue
        require(key in made, "auditctl refuses what we load: " + line)
        require(made[key] == raw, "encoded otherwise than by auditctl: %s\n  %s\n  %s" % (
            line, words_of(made[key]), words_of(raw)))
    for key in set(made) - set(loaded):  # the agent's user may not walk there, and it says so
        number = int(key.split("-")[1])
        require("/root/" in lines[number], "not loaded by us: " + lines[number])
        require(re.search(r"left out .*%s:%d\b" % (re.escape(rules), number + 1), log),
                "left out in silence: " + lines[number])
    require(any(map(is_uring, lines)) and len(loaded) > 100, "%d rules loaded" % len(loaded))

    theirs = {line.rsplit("key=", 1)[1]: line for line in listed if "key=spoor-" in line}
    require(len(theirs) == len(made), "auditctl lists %d of %d rules" % (len(theirs), len(made)))
    for key, line in theirs.items():
        require(ours[key] == line, "listed otherwise than by auditctl -l:\n  %s\n  %s" % (
            ours[key], line))
    deployment.agent.stop()
    deployment.clean_up_kernel()
    print("%d rules encoded as auditctl does, %d listed as it does" % (len(loaded), len(theirs)))


def load_whole_profiles(deployment, kernel, tools):
    """As a host has them: merged, and what `auditctl -l` lists is what check-rules prints."""
    with open(deployment.config("agent")) as file:
        text = file.read()
    folders = 'folders: ["%s"]' % deployment.path("rules")
    require(folders in text, "the harness writes another configuration")
    # The agent's user need not be able to walk to where the sources are.
    shipped = shutil.copytree(RULES, deployment.path("shipped"))
    for profile in ("light", "standard", "strict"):
        with open(deployment.config("agent"), "w") as file:
            file.write(text.replace(folders, 'folders: ["%s"]\n  profile: %s\n  unattended: all' % (
                shipped, profile)))
        deployment.start_agent()
        left_out = int((re.findall(r"(\d+) rules are left out", deployment.agent.log()) or [0])[0])
        # 3.0.9 does not know io_uring's list, and calls it (null); the foreign rule is there, too.
        there = [line for line in tools.listed() if "key=spoor-" in line and "(null)" not in line]
        wanted = [line for line in check_rules(deployment) if ",io_uring" not in line]
        require(set(there) <= set(wanted), "loaded and not wanted: %s" % (set(there) - set(wanted)))
        require(there == [line for line in wanted if line in there], "listed in another order")
        require(len(there) + left_out == len(wanted), "%d of %d rules loaded, %d left out" % (
            len(there), len(wanted), left_out))
        print("%s: %d rules loaded, %d left out" % (profile, len(there), left_out))
        deployment.agent.stop()
        deployment.clean_up_kernel()
    with open(deployment.config("agent"), "w") as file:
        file.write(text)


def a_sites_own_rules(deployment, tools):
    """Rules of several lists, line for line as auditctl lists them; and what is to be minded."""
    path = deployment.path("rules", "10-commands.rules")
    write(path, ["-a always,exit -F arch=b64 -S execve -F auid!=unset -k spoor-one",
                 "-a always,exclude -F msgtype=CWD -k spoor-two",
                 "-a never,task -F uid=64198 -k spoor-three",
                 "-A never,exit -F arch=b64 -S execve -F uid=64198 -k spoor-four"])
    mind = []
    wanted = check_rules(deployment, mind=mind)
    hides = [line for line in mind if line.startswith("warning: %s:" % path)]
    require([line.split(":")[2] for line in hides] == ["3", "4", "2"], mind)
    require(hides[1].endswith("hides what it matches of spoor-one"), hides[1])
    require(any(line.startswith("-b ") and "kernel.backlog_limit" in line for line in mind), mind)
    deployment.start_agent()
    there = [line for line in tools.listed() if "key=spoor-" in line]
    require(there == wanted, "listed otherwise than by auditctl -l:\n%s\n%s" % (wanted, there))
    require("%s:4: -a never,exit" % path in deployment.agent.log(), "it does not warn")
    deployment.agent.stop()
    deployment.clean_up_kernel()


def bad_file_changes_nothing(deployment, kernel):
    path = deployment.path("rules", "10-commands.rules")
    good = ["-a always,exit -F arch=b64 -S execve -F auid!=unset -k spoor-one",
            "-a always,exit -F arch=b64 -S chdir -F auid!=unset -k spoor-two"]
    write(path, good)
    deployment.start_agent()
    before = kernel.guest_rules(LOGIN_UID)
    require(len(before) == 2, "%d rules loaded" % len(before))
    write(path, good[:1] + ["-a always,exit -S all -k spoor-bad", "nonsense"])
    deployment.agent.process.send_signal(1)
    deployment.agent.wait_for("not reloaded")
    for number in (2, 3):
        require("%s:%d: " % (path, number) in deployment.agent.log(), "line %d not told" % number)
    require(kernel.guest_rules(LOGIN_UID) == before, "a bad file changed the rules")
    write(path, good[1:])
    deployment.agent.process.send_signal(1)
    wait_until("the reload", lambda: len(kernel.guest_rules(LOGIN_UID)) == 1)
    deployment.agent.stop()
    deployment.clean_up_kernel()


def removed_rule_comes_back(deployment, kernel):
    path = deployment.path("rules", "10-commands.rules")
    write(path, ["-a always,exit -F arch=b64 -S execve -k spoor-one",
                 "-a always,exit -F path=/etc/passwd -F perm=wa -k spoor-two",
                 "-a always,exit -F dir=%s -F perm=wa -k spoor-later" % deployment.path("later")])
    run = Run(deployment, "removed")

    def repairs():
        return [state for state in run.story().states
                if state["change"] == "CHANGE_RULES_REPAIRED"]
    whole = kernel.guest_rules(LOGIN_UID)
    require(len(whole) == 2, "%d rules loaded" % len(whole))
    # The record of it makes the agent look, and says who it was; but the look of every 15 s, to
    # which nobody is known, may be at that very moment.
    for times in (1, 2):
        kernel.delete(whole[1])
        wait_until("the rule to come back",
                   lambda: sorted(kernel.guest_rules(LOGIN_UID)) == sorted(whole))
        told = wait_until("the event of it", lambda t=times: len(repairs()) == t and repairs())
        require(told[-1]["rules"] == 2 and "1 change" in told[-1]["detail"], told)
        if told[-1].get("other_pid"):
            break
    require(told[-1].get("other_pid") == os.getpid(), "nobody, or another, has done it: %s" % told)
    os.mkdir(deployment.path("later"))  # what was left out is loaded once it can be
    wait_until("the third rule", lambda: len(kernel.guest_rules(LOGIN_UID)) == 3)
    run.stop()
    require(repairs() == told, "what was left out is no repair: %s" % repairs())
    deployment.clean_up_kernel()


def a_fight_ends(deployment, kernel):
    """Three times in ten minutes we put our rules back; then they are left, and an event says who
    it was."""
    write(deployment.path("rules", "10-commands.rules"),
          ["-a always,exit -F arch=b64 -S execve -k spoor-one"])
    run = Run(deployment, "fight")

    def told(change):
        return [state for state in run.story().states if state["change"] == change]
    for times in range(1, 4):  # at once, 5 s after that, and 30 s after that
        kernel.delete(kernel.guest_rules(LOGIN_UID)[0])
        wait_until("repair %d" % times, lambda t=times: len(told("CHANGE_RULES_REPAIRED")) == t)
    kernel.delete(kernel.guest_rules(LOGIN_UID)[0])
    wait_until("the end of the fight", lambda: told("CHANGE_RULES_CONTESTED"))
    contested = told("CHANGE_RULES_CONTESTED")
    require(len(contested) == 1 and contested[0]["other_pid"] == os.getpid(), contested)
    exe = os.readlink("/proc/self/exe")
    require(base64.b64decode(contested[0]["other_exe"]) == exe.encode(), contested)
    require(not kernel.guest_rules(LOGIN_UID), "the rule is back after the fight")
    run.stop()
    deployment.clean_up_kernel()


def test(deployment):
    kernel = KernelAudit()
    tools = AuditTools(deployment.path("audit-tools"), deployment.packages)
    foreign = kernel.add_exit_rule(LOGIN_UID, FOREIGN_KEY)
    require(RULE_HEAD.unpack_from(foreign)[0] == AUDIT_FILTER_EXIT, "the foreign rule is odd")
    try:
        compare_encodings(deployment, kernel, tools)
        load_whole_profiles(deployment, kernel, tools)
        a_sites_own_rules(deployment, tools)
        bad_file_changes_nothing(deployment, kernel)
        removed_rule_comes_back(deployment, kernel)
        a_fight_ends(deployment, kernel)
        require(foreign in kernel.rules(), "a rule of somebody else is gone")
    finally:
        if foreign in kernel.rules():
            kernel.delete(foreign)


if __name__ == "__main__":
    harness.run_test(test)
