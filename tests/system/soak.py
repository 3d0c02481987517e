#!/usr/bin/env python3
"""make soak: fuzzers and the virtual machine once, then the long proofs with ever new seeds.
soak.py BINARIES HOURS

Adds one line to docs/soak.md: commit, date, command, result. Stops at the first failure.
"""
import datetime
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
FUZZ_SEARCH = os.path.join(SOURCE, "tests", "fuzz", "search.py")
FUZZ_MINUTES = 10
VM_SCENARIOS = os.path.join(SOURCE, "tests", "vm", "run.py")
PROOFS = ("trail_test.py", "faults_test.py", "restart_test.py")
COUNT = 20_000


def run(proof, binaries, seed):
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(HERE, proof), binaries],
        capture_output=True, text=True,
        env={**os.environ, "CI": "true", "SPOOR_LOAD_COUNT": str(COUNT),
             "SPOOR_LOAD_SEED": str(seed), "SPOOR_KILLS": "200", "SPOOR_RELOADS": "50"})
    print("%s seed %d: %s" % (proof, seed, "ok" if done.returncode == 0 else "FAILED"), flush=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def describe_tree():
    def git(*args):
        return subprocess.run(["git", "-C", SOURCE] + list(args), capture_output=True,
                              text=True).stdout.strip()
    changed = git("status", "--porcelain")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def main():
    binaries, hours = os.path.abspath(sys.argv[1]), float(sys.argv[2])
    tree, until, seed, good = describe_tree(), time.monotonic() + hours * 3600, 100, True
    print("Soaking for %g hours, %d commands a run" % (hours, COUNT), flush=True)
    good = subprocess.run([sys.executable, "-B", FUZZ_SEARCH,
                           str(FUZZ_MINUTES)]).returncode == 0
    good = good and subprocess.run(
        [sys.executable, "-B", VM_SCENARIOS, binaries,
         os.path.join(os.path.dirname(binaries), "vm")]).returncode == 0
    while good and time.monotonic() < until:
        seed += 1
        good = all(run(proof, binaries, seed) for proof in PROOFS)
    result = "fuzzers %d min each, the virtual machine, %d rounds of %d commands, %s" % (
        FUZZ_MINUTES, seed - 100, COUNT, "all as they must be" if good else "FAILED" if seed == 100
        else "FAILED with seed %d" % seed)
    with open(os.path.join(SOURCE, "docs", "soak.md"), "a") as page:
        page.write("| %s | %s | `make soak HOURS=%g` | %s |\n" % (
            tree, datetime.date.today().isoformat(), hours, result))
    print(result)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
