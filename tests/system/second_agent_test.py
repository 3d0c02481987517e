#!/usr/bin/env python3
"""A second agent says who holds the audit seat and goes; the first one works on."""
import os

import harness
from harness import require, wait_until


def test(deployment):
    deployment.start()
    for name in ("second-spool", "second-state"):
        os.mkdir(deployment.path(name), 0o750)
        os.chown(deployment.path(name), deployment.agent_uid, deployment.agent_uid)
    deployment.write_config("second", {
        "machine_id_file": deployment.machine_id,
        "spool": {"folder": deployment.path("second-spool")},
        "commit": {"folder": deployment.path("commit"), "user": str(deployment.uplink_uid)},
        "state": {"folder": deployment.path("second-state")},
        "rules": {"folders": [deployment.path("rules")],
                  "only_login_uid": harness.LOGIN_UID}})
    second = deployment.make_agent("second-agent",
                                   ["run", "--config", deployment.config("second")])
    second.start()
    code = second.end()
    require(code not in (0, 2), "the second agent ended with %d:\n%s" % (code, second.log()))
    require(str(deployment.agent.pid) in second.log(),
            "it does not name process %d:\n%s" % (deployment.agent.pid, second.log()))

    deployment.session("/bin/true", "still", "here").wait()

    def seen():
        session = deployment.our_session()
        return session and session["commands"] >= 1 and session["commands_running"] == 0
    wait_until("the first agent's trail", seen)


if __name__ == "__main__":
    harness.run_test(test)
