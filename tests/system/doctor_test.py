#!/usr/bin/env python3
"""doctor says of this machine what other ways of looking say of it, before and while the agent
runs, and as somebody who may not look."""
import json
import os
import re
import subprocess

import harness
import kernel_audit
from harness import require


def doctor(deployment, *arguments, before=()):
    """(exit code, {check: finding}, the sum)."""
    argv = list(before) + [os.path.join(deployment.bin, "spoor-agent"), "doctor", "--json",
                           "--all", "--config", deployment.config("agent")] + list(arguments)
    done = subprocess.run(argv, capture_output=True, text=True)
    require(done.stderr == "", "doctor complains: " + done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    require("whole" in lines[-1], "no sum: " + done.stdout)
    findings = {line["check"]: line for line in lines[:-1]}
    require(len(findings) == len(lines) - 1, "a check is there twice")
    return done.returncode, findings, lines[-1]


def require_level(findings, check, level):
    finding = findings[check]
    require(finding["level"] == level, "%s is %s, not %s: %s" % (
        check, finding["level"], level, finding["what"]))
    return finding


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def agree_with_the_kernel(findings, deployment):
    status = kernel_audit.KernelAudit().status()
    require_level(findings, "audit", "ok")
    words = read("/proc/cmdline").split(" -- ")[0].split()
    at_boot = [word for word in words if word.startswith("audit=")][-1:]
    require_level(findings, "boot-line", "missing" if at_boot not in (["audit=1"], ["audit=on"])
                  else findings["boot-line"]["level"])
    require_level(findings, "audit-lock", "ok")
    ticks = status["backlog_wait_time"]
    # What is configured takes effect when the agent starts: nothing is advised.
    require_level(findings, "backlog-wait", "ok")
    require(ticks <= 1000 or "kernel.backlog_wait_time_ms" in findings["backlog-wait"]["what"],
            findings["backlog-wait"]["what"])
    require(str(ticks) in findings["backlog-wait"]["what"], findings["backlog-wait"]["what"])
    require_level(findings, "failure", "risk" if status["failure"] == 2 else "ok")
    # What the test needs to capture here at all.
    require_level(findings, "namespaces", "ok")
    require_level(findings, "connector", "ok")
    require_level(findings, "landlock", "ok")
    require_level(findings, "machine-id", "ok")
    rules = require_level(findings, "rules", "ok")
    wanted = sum(line.startswith("-a") for line in read(
        deployment.path("rules", "10-commands.rules")).splitlines())
    require(rules["what"].startswith("%d " % wanted), rules["what"])


def agree_with_pam(findings):
    """Debian's stacks of this machine; what they include is looked at by hand."""
    def sets(service, seen=()):
        text = read("/etc/pam.d/" + service)
        if re.search(r"^\s*-?session\s.*\bpam_loginuid\.so", text, re.M):
            return True
        parts = re.findall(r"^(?:@include|-?session\s+(?:include|substack))\s+(\S+)", text, re.M)
        return any(sets(part, seen + (part,)) for part in parts if part not in seen)
    if os.path.exists("/etc/pam.d/login"):
        what = findings["pam-loginuid"]["what"]
        without = findings["pam-loginuid"]["level"] == "missing" and "login" in re.split(
            r"[:,]? ", what.split(": ")[-1])
        require(sets("login") == (not without), "login: " + what)


def test(deployment):
    code, findings, total = doctor(deployment)
    agree_with_the_kernel(findings, deployment)
    agree_with_pam(findings)
    require("no audit daemon" in require_level(findings, "seat", "ok")["what"], "the seat")
    bad = [name for name, finding in findings.items() if finding["level"] in ("missing", "unknown")]
    require(total["whole"] == (not bad) and code == (1 if bad else 0), "exit %d with %s" % (
        code, bad))
    before = kernel_audit.KernelAudit().status()

    deployment.start_agent()
    _, running, _ = doctor(deployment)
    seat = require_level(running, "seat", "ok")
    require("pid %d," % deployment.agent.pid in seat["what"], seat["what"])
    require("spoor-agent" in seat["what"], seat["what"])
    capabilities = require_level(running, "capabilities", "ok")
    require("pid %d" % deployment.agent.pid in capabilities["what"], capabilities["what"])
    require_level(running, "backlog", "ok" if kernel_audit.KernelAudit().status()["lost"] == 0
                  else "risk")
    require_level(running, "never-rules", "ok")

    # Somebody who may not look is told so, and nothing is taken for well that was not seen.
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
              "--bounding-set=-all"]
    code, blind, total = doctor(deployment, before=nobody)
    require(code == 1 and not total["whole"], "whole, to somebody who saw nothing")
    # Since Linux 6.6 everybody may ask the connector (drivers/connector/cn_proc.c).
    release = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
    require_level(blind, "connector", "ok" if release >= (6, 6) else "unknown")
    for check in ("audit", "audit-lock", "never-rules", "backlog", "seat"):
        require_level(blind, check, "unknown")
        require(blind[check]["fix"], "%s: what to do?" % check)
    deployment.agent.stop()

    deployment.clean_up_kernel()  # the agent's own settings
    after = kernel_audit.KernelAudit().status()
    for name in ("failure", "backlog_wait_time", "rate_limit"):
        require(before[name] == after[name], "doctor changed " + name)
    usage = subprocess.run([os.path.join(deployment.bin, "spoor-agent"), "doctor", "--nonsense"],
                           capture_output=True)
    require(usage.returncode == 2, "bad usage ends with %d" % usage.returncode)


if __name__ == "__main__":
    harness.run_test(test)
