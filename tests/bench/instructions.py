#!/usr/bin/env python3
"""Instructions a record of decode, reassemble and correlate, and what redaction adds to them, by
callgrind: the same on every machine, but for the compiler. instructions.py BINARIES

More than instructions.txt says, and SLACK for another compiler or library, is a failure. So are
many fewer (LEFT_BEHIND): then the number in the file is to be lowered, or it would hold nothing.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import generated_log
from figures import Figure

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS, TARGET, SLACK, LEFT_BEHIND, SKIPPED = 11_000, 2_500, 0.03, 0.10, 77
REDACTION_TARGET = 650  # of a log with many a curl in it; a storm of one program costs 140


def count(binaries, folder, *more):
    """Instructions a record."""
    log, out = os.path.join(folder, "stages.log"), os.path.join(folder, "callgrind.out")
    generated_log.write(log, RECORDS)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=" + out,
         os.path.join(binaries, "spoor-bench-stages"), log, *more], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("valgrind ended with %d:\n%s" % (done.returncode, done.stderr))
    records = int(done.stdout.split()[0])
    with open(out) as file:
        total = int(re.search(r"^totals: (\d+)", file.read(), re.M).group(1))
    return total / records


def agreed():
    with open(os.path.join(HERE, "instructions.txt")) as file:
        return [int(line) for line in file if not line.startswith("#")]


def run(binaries, _peers, folder):
    without = count(binaries, folder)
    added = count(binaries, folder, "redact") - without
    return [Figure("decode.instructions_per_record", without, "instr.", ("<=", TARGET)),
            Figure("redact.instructions_per_record", added, "instr.", ("<=", REDACTION_TARGET))]


def main():
    if shutil.which("valgrind") is None:
        print("missing: valgrind")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
        binaries = os.path.abspath(sys.argv[1])
        without = count(binaries, folder)
        added = count(binaries, folder, "redact") - without
    return max(judge(what, now, held) for what, now, held in zip(
        ("instructions a record", "of redaction beside them"), (without, added), agreed()))


def judge(what, now, held):
    print("%.0f %s; tests/bench/instructions.txt says %d" % (now, what, held))
    if now > held * (1 + SLACK):
        print("That is more. Find out why: callgrind_annotate, on what "
              "`valgrind --tool=callgrind --instr-atstart=no spoor-bench-stages LOG` leaves.")
        return 1
    if now < held * (1 - LEFT_BEHIND):
        print("That is less, so write the smaller number there: it may only shrink.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
