#!/usr/bin/env python3
"""Whatever happens to the agent, cleanup puts the kernel's audit back as it was before the first of
its starts; and a rule of somebody else stays."""
import harness
from harness import LOGIN_UID, require, wait_until
from kernel_audit import KEPT, KernelAudit

FOREIGN_KEY = b"not-spoor"


def settings(kernel):
    status = kernel.status()
    return {name: status[name] for name in KEPT}


def require_as_found(kernel, found, when):
    # The kernel frees a dead daemon's seat when it next has something to tell.
    wait_until(when + ": settings as found, %s" % found, lambda: settings(kernel) == found)
    require(not kernel.guest_rules(LOGIN_UID), when + ": rules of ours are left")


def test(deployment):
    kernel = KernelAudit()
    found = settings(kernel)
    foreign = kernel.add_exit_rule(LOGIN_UID, FOREIGN_KEY)
    try:
        deployment.start_agent()
        require(kernel.status()["pid"] == deployment.agent.pid, "the agent has not the seat")
        require(kernel.guest_rules(LOGIN_UID), "the agent has no rules")
        deployment.agent.stop()
        require(kernel.guest_rules(LOGIN_UID) and kernel.status()["enabled"] == 1,
                "stopping must leave rules and numbering, so that a gap has a count")
        deployment.clean_up_kernel()
        require_as_found(kernel, found, "after stop and cleanup")

        deployment.start_agent()
        deployment.agent.kill()
        deployment.clean_up_kernel()
        require_as_found(kernel, found, "after kill -9 and cleanup")

        deployment.start_agent()
        deployment.agent.kill()
        deployment.start_agent()
        rules = len(kernel.guest_rules(LOGIN_UID))
        deployment.agent.stop()
        deployment.start_agent()
        require(len(kernel.guest_rules(LOGIN_UID)) == rules, "the rules are there twice")
        deployment.agent.stop()
        deployment.clean_up_kernel()
        require_as_found(kernel, found, "after kill -9, two starts and cleanup")
        deployment.clean_up_kernel()
        require_as_found(kernel, found, "after a second cleanup")
        require(foreign in kernel.rules(), "a rule of somebody else is gone")
    finally:
        if foreign in kernel.rules():
            kernel.delete(foreign)


if __name__ == "__main__":
    harness.run_test(test)
