#!/usr/bin/env python3
"""Each program runs as its own user with the privilege it is meant to have and no more."""
import os
import signal
import subprocess

import harness
from harness import require

# capability.h numbers
DAC_READ_SEARCH, NET_ADMIN, SYS_PTRACE, AUDIT_CONTROL, AUDIT_READ = 2, 12, 19, 30, 37
THREE = 1 << NET_ADMIN | 1 << AUDIT_CONTROL | 1 << AUDIT_READ
WITNESS = 1 << SYS_PTRACE | 1 << DAC_READ_SEARCH
SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")


def statuses(pid):
    """/proc/PID/status of every thread; threads of a pool come and go."""
    for thread in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/status" % (pid, thread)) as file:
                lines = file.readlines()
        except (FileNotFoundError, ProcessLookupError):
            require(int(thread) != pid, "process %d has ended" % pid)
            continue
        yield dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def check_agent(deployment):
    for status in statuses(deployment.agent.pid):
        require(set(status["Uid"].split()) == {str(deployment.agent_uid)}, "uid " + status["Uid"])
        for name in SETS:
            require(int(status[name], 16) & ~THREE == 0, "agent: %s is %s" % (name, status[name]))
        require(int(status["CapBnd"], 16) & ~(THREE | WITNESS) == 0, "agent: " + status["CapBnd"])
        require(int(status["CapPrm"], 16) & 1 << AUDIT_CONTROL, "it could not work so")
        require(status["NoNewPrivs"] == "1", "agent: new privileges are possible")
        require(status["Seccomp"] == "2", "agent: no seccomp filter")
    with open("/proc/%d/limits" % deployment.agent.pid) as file:
        core = next(line for line in file if line.startswith("Max core file size"))
    require(core.split()[4:6] == ["0", "0"], "agent: " + core)
    libraries = subprocess.run(["ldd", os.path.join(deployment.bin, "spoor-agent")],
                               capture_output=True, text=True).stdout
    require("libc.so" in libraries and "grpc" not in libraries, "the agent links gRPC")


def witness_of(pid):
    """The pid of the agent's witness, or None."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        children = file.read().split()
    for child in children:
        with open("/proc/%s/comm" % child) as file:
            if file.read() == "spoor-witness\n":
                return int(child)
    return None


def check_witness(deployment):
    """It has what the agent gave up and nothing else, and lives exactly as long."""
    agent = deployment.agent
    witness = witness_of(agent.pid)
    require(witness, "the agent has no witness")
    for status in statuses(witness):
        require(set(status["Uid"].split()) == {str(deployment.agent_uid)}, "uid " + status["Uid"])
        for name in ("CapPrm", "CapEff"):
            require(int(status[name], 16) == WITNESS, "witness: " + status[name])
        for name in ("CapInh", "CapAmb"):
            require(int(status[name], 16) == 0, "witness: %s is %s" % (name, status[name]))
        require(status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", "witness: no filter")
    held = sorted(os.readlink("/proc/%d/fd/%s" % (witness, fd)).split(":")[0]
                  for fd in os.listdir("/proc/%d/fd" % witness))
    require(held == ["/proc", "socket"], "the witness holds %s" % held)

    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for("going on after a reload")
    require(witness_of(agent.pid) == witness, "a reload has lost the witness")
    require("witness" not in agent.log(), agent.log())

    os.kill(witness, signal.SIGKILL)
    agent.wait_for("the witness process has ended")
    require(not os.path.exists("/proc/%d" % witness), "a zombie")
    agent.process.send_signal(signal.SIGHUP)
    harness.wait_until("the second reload",
                       lambda: agent.log().count("going on after a reload") == 2)
    require(agent.log().count("brings it back") == 2, agent.log())
    agent.stop()
    agent.start("capturing")
    witness = witness_of(agent.pid)
    require(witness, "a restart did not bring the witness back")
    agent.kill()
    harness.wait_until("the witness to end with the agent",
                       lambda: not os.path.exists("/proc/%d" % witness))
    agent.start("capturing")


def check_powerless(program, uid):
    for status in statuses(program.pid):
        require(set(status["Uid"].split()) == {str(uid)}, "%s: uid %s" % (
            program.name, status["Uid"]))
        for name in ("CapPrm", "CapEff", "CapAmb"):
            require(int(status[name], 16) == 0, "%s: %s is %s" % (
                program.name, name, status[name]))


def check_attempts(deployment):
    """The agent's own word, from inside: each attempt is refused."""
    trial = deployment.make_agent("check-sandbox",
                                  ["check-sandbox", "--config", deployment.config("agent")])
    trial.start()
    code = trial.end()
    said = trial.log()
    require(code == 0, "check-sandbox ended with %d:\n%s" % (code, said))
    for attempt in ("/etc/shadow", "INET", "/bin/sh", "seeing what its parent runs",
                    "the witness opening a file", "the witness seeing what a process runs",
                    "the witness seeing where a descriptor leads"):
        require(attempt.lower() in said.lower(), "check-sandbox did not try %s:\n%s" % (
            attempt, said))


def check_root_is_refused(deployment):
    done = subprocess.run([os.path.join(deployment.bin, "spoor-agent"), "run", "--config",
                           deployment.config("agent")], capture_output=True, text=True,
                          timeout=harness.PATIENCE_S)
    require(done.returncode not in (0, 2) and done.stderr, "the agent runs as root: %s%s" % (
        done.returncode, done.stderr))


def test(deployment):
    check_root_is_refused(deployment)
    deployment.start()
    check_agent(deployment)
    check_witness(deployment)
    check_agent(deployment)
    check_powerless(deployment.uplink, deployment.uplink_uid)
    check_powerless(deployment.collector, deployment.collector_uid)
    check_attempts(deployment)


if __name__ == "__main__":
    harness.run_test(test)
