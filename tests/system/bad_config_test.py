#!/usr/bin/env python3
"""A bad configuration: every problem at once, as file:line: what, and exit code 2. No privilege."""
import os
import re
import subprocess
import sys
import tempfile

from harness import PATIENCE_S, Failure, require

# (program, its arguments, the file, the lines that are wrong)
CASES = (
    ("spoor-agent", ["run"],
     "host: web1\nspool:\n  folder: relative/path\n  bytes_max: plenty\nrules:\n"
     "  only_login_uid: nobody\nunknown_key: 1\n", (3, 4, 6, 7)),
    ("spoor-uplink", [],
     "spool:\n  folder: relative/path\nlog_level: loud\nsurprise:\n  more: 1\n", (2, 3, 4)),
    ("spoor-collector", [],
     "log:\n  folder: relative/path\nquery:\n  socket: here\nlog_level: [1, 2]\nextra: 1\n",
     (2, 4, 5, 6)),
    ("spoor-agent", ["run"], "host: [unclosed\n", (None,)),
)


def check(binaries, folder, case):
    program, arguments, text, lines = case
    path = os.path.join(folder, program + ".yml")
    with open(path, "w") as file:
        file.write(text)
    done = subprocess.run([os.path.join(binaries, program)] + arguments + ["--config", path],
                          capture_output=True, text=True, timeout=PATIENCE_S)
    said = done.stdout + done.stderr
    require(done.returncode == 2, "%s ended with %d, not 2:\n%s" % (
        program, done.returncode, said))
    told = {int(number) for number in re.findall(re.escape(path) + r":(\d+): \S", said)}
    wanted = {number for number in lines if number}
    require(told >= wanted, "%s told of lines %s, wrong are %s:\n%s" % (
        program, sorted(told), sorted(wanted), said))
    require(told and len(told) >= len(lines), "%s said nothing of use:\n%s" % (program, said))


def main():
    with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
        for case in CASES:
            check(os.path.abspath(sys.argv[1]), folder, case)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
