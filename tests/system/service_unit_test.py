#!/usr/bin/env python3
"""The systemd units: systemd understands them, each gives what its program asks for by the shipped
configuration, and the agent's hides nothing that a rule may watch."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness

PACKAGING = os.path.join(harness.SOURCE, "packaging")

# What puts something else where the host's own files, processes or users are (systemd.exec(5)), and
# which of its values does not.
HIDES = {"PrivateTmp": "no", "PrivateDevices": "no", "PrivateUsers": "no", "PrivateNetwork": "no",
         "PrivateIPC": "no", "ProtectHome": "no read-only", "ProtectKernelModules": "no",
         "ProtectKernelTunables": "no", "ProtectKernelLogs": "no", "ProtectProc": "default",
         "ProcSubset": "all", "DynamicUser": "no", "InaccessiblePaths": "", "NoExecPaths": "",
         "TemporaryFileSystem": "", "BindPaths": "", "BindReadOnlyPaths": "", "RootDirectory": "",
         "RootImage": "", "MountImages": "", "ExtensionImages": "", "ExtensionDirectories": "",
         "JoinsNamespaceOf": "", "NetworkNamespacePath": ""}


def unit_path(program):
    return os.path.join(PACKAGING, "systemd", program + ".service")


def settings(program="spoor-agent"):
    found = {}
    with open(unit_path(program)) as file:
        for line in file:
            if "=" in line and not line.startswith("#"):
                name, value = line.rstrip("\n").split("=", 1)
                found.setdefault(name, []).append(value)
    return found


def check_understood(program):
    """systemd-analyze knows every section, name and value. The program need not be installed."""
    unit_name = program + ".service"
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, unit_name)
        with open(unit_path(program)) as unit, open(copy, "w") as out:
            text = unit.read()
            start = "ExecStart=/usr/libexec/spoor/" + program
            harness.require(re.search("^" + start + "( run)?$", text, re.M), unit_name + " starts "
                            "another program")
            out.write(text.replace(start, "ExecStart=/bin/true"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                               copy], capture_output=True, text=True, timeout=harness.PATIENCE_S)
        said = "".join(line + "\n" for line in (done.stdout + done.stderr).splitlines()
                       if unit_name in line)
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
    with open(os.path.join(PACKAGING, "config", "agent.yml")) as file:
        config = file.read()
    harness.require("/run/" + unit["RuntimeDirectory"][0] + "\n" in config,
                    "the state folder of agent.yml is not the unit's")
    folders = ["/var/lib/" + name for name in unit["StateDirectory"][0].split()]
    spool = re.search(r"^spool:\n(?:  .*\n)*?  folder: (.*)$", config, re.M).group(1)
    harness.require(spool in folders, "nobody makes the spool folder of agent.yml, " + spool)


def check_others():
    """Uplink, collector and CA: no capability, a user each, and the folders of their
    configuration made."""
    wanted = {"spoor-uplink": ("spoor", ("/var/lib/spoor-uplink", "/var/lib/spoor-uplink/commit")),
              "spoor-collector": ("spoor-collector", (
                  "/var/lib/spoor-collector", "/run/spoor-collector")),
              "spoor-collector-ca": ("spoor-ca", ("/run/spoor-ca", "/var/lib/spoor-ca"))}
    for program, (user, folders) in wanted.items():
        unit = settings(program)
        harness.require(unit["User"] == unit["Group"] == [user], program + " runs as another user")
        for name in ("CapabilityBoundingSet", "AmbientCapabilities"):
            harness.require(unit.get(name, [""]) == [""], "%s has %s" % (program, name))
        harness.require(unit["NoNewPrivileges"] == ["yes"] and unit["ProtectSystem"] == ["strict"],
                        program + " is not confined")
        made = ["/run/" + name for name in unit.get("RuntimeDirectory", [""])[0].split()]
        made += ["/var/lib/" + name for name in unit.get("StateDirectory", [""])[0].split()]
        made += unit.get("ReadWritePaths", [])
        harness.require(set(folders) <= set(made), "%s has %s" % (program, made))
    with open(os.path.join(PACKAGING, "config", "collector.yml")) as file:
        config = file.read()
    for path in re.findall(r"^  (?:folder|socket|state): (/.*)$", config, re.M):
        harness.require(path.startswith(("/var/lib/spoor-collector/", "/run/spoor-collector/")),
                        "the collector's unit does not let it write " + path)
    with open(os.path.join(PACKAGING, "config", "uplink.yml")) as file:
        config = file.read()
    for path in ("/var/lib/spoor-uplink", "/var/lib/spoor-uplink/commit"):
        harness.require("  folder: %s\n" % path in config, path + " is not uplink.yml's")
    files = int(settings("spoor-collector")["LimitNOFILE"][0])
    harness.require(files > 12_288 * 2, "no descriptors for all connections: %d" % files)


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("missing: systemd-analyze")
        sys.exit(1 if os.environ.get("CI") == "true" else harness.SKIPPED)
    try:
        for program in ("spoor-agent", "spoor-uplink", "spoor-collector", "spoor-collector-ca"):
            check_understood(program)
        check_hides_nothing()
        check_gives_what_is_needed()
        check_others()
    except harness.Failure as failure:
        print("FAILED: %s" % failure)
        sys.exit(1)
