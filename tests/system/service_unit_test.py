#!/usr/bin/env python3
"""The agent's systemd unit: systemd understands it, it gives what the agent asks for, and it hides
nothing that a rule may watch."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness

UNIT = os.path.join(harness.SOURCE, "packaging", "systemd", "spoor-agent.service")


# What puts something else where the host's own files, processes or users are (systemd.exec(5)), and
# which of its values does not.
HIDES = {"PrivateTmp": "no", "PrivateDevices": "no", "PrivateUsers": "no", "PrivateNetwork": "no",
         "PrivateIPC": "no", "ProtectHome": "no read-only", "ProtectKernelModules": "no",
         "ProtectKernelTunables": "no", "ProtectKernelLogs": "no", "ProtectProc": "default",
         "ProcSubset": "all", "DynamicUser": "no", "InaccessiblePaths": "", "NoExecPaths": "",
         "TemporaryFileSystem": "", "BindPaths": "", "BindReadOnlyPaths": "", "RootDirectory": "",
         "RootImage": "", "MountImages": "", "ExtensionImages": "", "ExtensionDirectories": "",
         "JoinsNamespaceOf": "", "NetworkNamespacePath": ""}


def settings():
    found = {}
    with open(UNIT) as file:
        for line in file:
            if "=" in line and not line.startswith("#"):
                name, value = line.rstrip("\n").split("=", 1)
                found.setdefault(name, []).append(value)
    return found


def check_understood():
    """systemd-analyze knows every section, name and value. The program need not be installed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "spoor-agent.service")
        with open(UNIT) as unit, open(copy, "w") as out:
            out.write(unit.read().replace("/usr/libexec/spoor/spoor-agent", "/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                               copy], capture_output=True, text=True, timeout=harness.PATIENCE_S)
        said = "".join(line + "\n" for line in (done.stdout + done.stderr).splitlines()
                       if "spoor-agent.service" in line)
        harness.require(done.returncode == 0 and not said, "systemd says:\n" + said)


def check_hides_nothing():
    """The kernel resolves a watch's path in the mount namespace of who loads it."""
    for name, values in settings().items():
        for value in values:
            harness.require(name not in HIDES or value in HIDES[name].split() or not value,
                            "%s=%s hides what rules watch" % (name, value))


def check_gives_what_is_needed():
    unit = settings()
    capabilities = ["CAP_" + name.upper() for name in harness.AGENT_CAPABILITIES]
    for name in ("AmbientCapabilities", "CapabilityBoundingSet"):
        harness.require(unit[name][0].split() == capabilities, "%s=%s" % (name, unit[name]))
    harness.require(unit["Type"] == ["notify"], "it says READY=1, Type= does not listen")
    harness.require(int(unit["FileDescriptorStoreMax"][0]) >= 3, "no room for the sockets")
    harness.require(unit["User"] == ["spoor-agent"], "User=%s" % unit["User"])
    harness.require({"AF_UNIX", "AF_NETLINK"} == set(unit["RestrictAddressFamilies"][0].split()),
                    "the address families")
    with open(os.path.join(harness.SOURCE, "packaging", "config", "agent.yml")) as file:
        config = file.read()
    harness.require("/run/" + unit["RuntimeDirectory"][0] + "\n" in config,
                    "the state folder of agent.yml is not the unit's")
    folders = ["/var/lib/" + name for name in unit["StateDirectory"][0].split()]
    spool = re.search(r"^spool:\n(?:  .*\n)*?  folder: (.*)$", config, re.M).group(1)
    harness.require(spool in folders, "nobody makes the spool folder of agent.yml, " + spool)


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("missing: systemd-analyze")
        sys.exit(1 if os.environ.get("CI") == "true" else harness.SKIPPED)
    try:
        check_understood()
        check_hides_nothing()
        check_gives_what_is_needed()
    except harness.Failure as failure:
        print("FAILED: %s" % failure)
        sys.exit(1)
