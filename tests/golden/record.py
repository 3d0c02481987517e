#!/usr/bin/env python3
"""Records tests/golden/scenarios on this machine's kernel: record.py BINARIES [NAME...]

Needs root and a free audit seat. Each scenario runs as a login session of the test user on a
terminal of its own, in an empty /mnt that only it sees. See records/README.md for the format.
"""
import os
import platform
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import harness  # noqa: E402
import kernel_audit  # noqa: E402
import private_space  # noqa: E402

PROGRAMS = ("spoor-record-audit", "spoor-test-session")
USER = str(private_space.LOGIN_UID)


def record(name, rules):
    output = os.path.join(HERE, "records", name + ".rec")
    home = "/mnt/home"
    shutil.rmtree(home, ignore_errors=True)
    os.mkdir(home)
    os.chown(home, private_space.LOGIN_UID, private_space.LOGIN_UID)
    with open(output + ".new", "w") as file:
        file.write("# %s, recorded on Linux %s %s\n" %
                   (name, ".".join(platform.release().split(".")[:2]), platform.machine()))
    subprocess.run(
        ["/mnt/bin/spoor-record-audit", "--login-uid", USER, "--rules", rules,
         "--output", output + ".new", "--", "--pty", "--uid", USER, "--gid", USER, "--cwd", home,
         "--", "/bin/sh", "/mnt/scenarios/%s.sh" % name],
        check=True, cwd="/", stdout=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C.UTF-8"})
    os.rename(output + ".new", output)
    print("%-20s %7d bytes" % (name, os.path.getsize(output)))


def main():
    turn, missing = harness.may_capture()
    if missing:
        sys.exit("record.py: missing: " + missing)
    private_space.enter()
    binaries = os.path.abspath(sys.argv[1])
    names = sys.argv[2:] or sorted(
        name[:-3] for name in os.listdir(os.path.join(HERE, "scenarios")) if name.endswith(".sh"))
    found = kernel_audit.Found(private_space.LOGIN_UID)
    found.remember()
    folder = private_space.PrivateFolder(found.put_back)
    try:
        private_space.mount_empty("/mnt")
        os.mkdir("/mnt/bin")
        for program in PROGRAMS:
            shutil.copy2(os.path.join(binaries, program), "/mnt/bin")
        shutil.copytree(os.path.join(HERE, "scenarios"), "/mnt/scenarios")
        private_space.add_login_user(folder.path, "/mnt/home")
        for name in names:
            record(name, os.path.join(HERE, "..", "..", "rules", "audit", "light",
                                      "10-commands.rules"))
    finally:
        folder.close()
        turn.close()


if __name__ == "__main__":
    main()
