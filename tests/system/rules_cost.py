#!/usr/bin/env python3
"""What each profile of rules costs: rules_cost.py BINARIES [SECONDS]. Prints the figures of
docs/rules.md.

A login session of the test user executes /bin/true 50 times a second; rules are limited to that
user, so that nobody else is recorded. Of the agent: CPU time and spooled bytes an exec, less what
it takes when nothing happens. Of the kernel: what a system call that no rule is about (getppid)
takes, in a process of the same session; since the limit is the last field of a rule, the others are
compared as they are for everybody.
"""
import os
import subprocess
import sys
import time

import harness
from harness import LOGIN_UID
from kernel_audit import KernelAudit

RULES = os.path.join(harness.SOURCE, "rules", "audit")
EXECS_PER_SECOND = 50
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
STORM = "exec 3<> <(:); for ((n = $1; n; n--)); do /bin/true; read -t 0.0175 -u 3; done"
CALLS = """
import os, time
best = 1e9
for _ in range(15):
    started = time.perf_counter_ns()
    for _ in range(100000): os.getppid()
    best = min(best, (time.perf_counter_ns() - started) / 100000)
print("%.1f" % best)
"""


def run_us(pid):
    """CPU time of all threads, in µs: schedstat counts ns, stat only ticks."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task)) as file:
            total += int(file.read().split()[0])
    return total / 1000


def spooled(deployment):
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(deployment.path("spool")) for name in names)


def nanoseconds_a_call(deployment):
    session = deployment.session("/usr/bin/python3", "-c", CALLS, pty=False,
                                 output=subprocess.PIPE)
    return float(session.communicate()[0])


def measure(deployment, kernel, profile):
    deployment.start_agent()
    rules = len(kernel.guest_rules(LOGIN_UID))
    call_ns = nanoseconds_a_call(deployment)
    time.sleep(2)
    idle, started = run_us(deployment.agent.pid), time.monotonic()
    time.sleep(5)
    idle_us_a_second = (run_us(deployment.agent.pid) - idle) / (time.monotonic() - started)

    bytes_before, us_before, started = spooled(deployment), run_us(deployment.agent.pid), \
        time.monotonic()
    execs = EXECS_PER_SECOND * SECONDS
    deployment.session("/bin/bash", "-c", STORM, "storm", str(execs), pty=False).wait()
    time.sleep(2)
    seconds = time.monotonic() - started
    us = run_us(deployment.agent.pid) - us_before - idle_us_a_second * seconds
    size = spooled(deployment) - bytes_before
    lost = kernel.status()["lost"]
    deployment.agent.stop()
    deployment.clean_up_kernel()
    print("%-10s %5d rules  %6.1f ns a call  %5.1f µs and %4.0f bytes an exec  (%.1f execs/s, "
          "idle %.0f µs/s, kernel lost %d)" % (profile, rules, call_ns, us / execs, size / execs,
                                              execs / (seconds - 2), idle_us_a_second, lost),
          flush=True)


def test(deployment):
    kernel = KernelAudit()
    print("%-10s %5d rules  %6.1f ns a call" % (
        "as found", len(kernel.rules()), nanoseconds_a_call(deployment)), flush=True)
    with open(deployment.config("agent")) as file:
        text = file.read()
    for profile in ("commands", "light", "standard", "strict"):
        folders = 'folders: ["%s"]' % deployment.path("rules")
        chosen = folders if profile == "commands" else \
            'folders: ["%s"]\n  profile: %s' % (RULES, profile)
        with open(deployment.config("agent"), "w") as file:
            file.write(text.replace(folders, chosen))
        measure(deployment, kernel, profile)


if __name__ == "__main__":
    harness.run_test(test)
