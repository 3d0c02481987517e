#!/usr/bin/env python3
"""The mount namespace that the unit makes for the agent: a folder that it watches from in there is
the one that sessions outside use, in /tmp, too."""
import os
import tempfile

from harness import LOGIN_UID, require, run_test, wait_until
from kernel_audit import KernelAudit
from service_unit_test import settings

# What systemd does for these directives (systemd.exec(5)), for the folders that are given.
PRIVATE_TMP = "mount -t tmpfs none /tmp; mount -t tmpfs none /var/tmp"
READ_ONLY = """
for own in "$@"; do [ "$own" = -- ] && break; mount --bind "$own" "$own"; done
while read -r _ _ _ _ at _; do
  case " $* " in *" $at "*) continue;; esac
  case "$at" in /proc|/proc/*|/sys|/sys/*|/dev|/dev/*) ;;
    *) mount -o remount,bind,ro "$at";;
  esac
done < /proc/self/mountinfo
"""
RUN = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'


def in_the_units_space(argv, writable):
    unit = settings()
    steps = []
    if unit.get("PrivateTmp") == ["yes"]:
        steps.append(PRIVATE_TMP)
    require(unit["ProtectSystem"] == ["strict"], "this test knows ProtectSystem=strict")
    steps += [READ_ONLY, RUN]
    return ["unshare", "--mount", "--propagation", "slave", "sh", "-ec", "\n".join(steps),
            "sh"] + writable + ["--"] + argv


def test(deployment):
    with tempfile.TemporaryDirectory(prefix="spoor-", dir="/tmp") as watched:
        watch(deployment, watched)
        deployment.agent.stop()


def watch(deployment, watched):
    """In /tmp, where PrivateTmp= matters."""
    os.chmod(watched, 0o777)
    with open(deployment.path("rules", "20-watched.rules"), "w") as rules:
        rules.write("-a always,exit -F dir=%s -F perm=wa -k spoor-watched\n" % watched)
    spool = deployment.with_own_spool("space")
    deployment.agent.argv = in_the_units_space(deployment.agent.argv,
                                               [spool, deployment.path("state-space")])
    deployment.start_agent()
    require(len(KernelAudit().guest_rules(LOGIN_UID)) == 3, "not all rules were loaded:\n" +
            deployment.agent.log())
    mounts = "/proc/%d/mountinfo" % deployment.agent.pid
    with open(mounts) as file:
        options = {line.split()[4]: line.split()[5] for line in file}
    require("ro" in options["/"].split(","), "the agent can write: " + options["/"])

    before = os.path.join(watched, "made outside")
    require(deployment.session("/bin/sh", "-c", 'echo > "$0"', before).wait() == 0, "the session")

    def told():
        return [line for line in deployment.spooled(spool)
                if line.get("event", {}).get("origin", {}).get("rule_key") == "spoor-watched"]
    wait_until("what the session wrote", told)


if __name__ == "__main__":
    run_test(test)
