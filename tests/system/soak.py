#!/usr/bin/env python3
"""make soak: the long proofs. soak.py BINARIES HOURS [SECTION…]

  vm      every scenario of the virtual machine
  storm   an hour of commands, in which memory must not grow (storm_test.py)
  kills   200 kill -9 and 50 reloads of the agent in a load (restart_test.py), then 200 rounds of
          kills of agent, uplink and collector (kills_test.py)
  stall   a disk that stands still for 30 s at 1,000 commands a second (slow_disk_test.py)
  worlds  100,000 seeds of the delivery's simulation, on all processors (SPOOR_WORLDS=FROM,COUNT)
  fuzz    each fuzzer searches, ten minutes or what of HOURS is left for it
  rounds  the other system tests with ever new seeds, until HOURS are over

Without sections: all of them, in this order; each is begun however late it is. Adds one line to
docs/soak.md: commit, date, command, result. Stops at the first failure.
"""
import concurrent.futures
import datetime
import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
FUZZERS = os.path.join(SOURCE, "tests", "fuzz")
SECTIONS = ("vm", "storm", "kills", "stall", "worlds", "fuzz", "rounds")
FUZZ_MINUTES_MAX = 10
STORM_MINUTES = 62
# Of HOURS, for what else there is; a soak of less than that has a storm of half of it.
OTHER_MINUTES = 8
PROOFS = ("trail_test.py", "faults_test.py", "restart_test.py")
COUNT = 20_000
KILL_ROUNDS = 50
WORLDS = 100_000
WORLDS_AT_ONCE = 2_000


class Soak:
    def __init__(self, binaries, hours, wanted):
        self.binaries, self.minutes, self.wanted = binaries, hours * 60, wanted
        self.until = time.monotonic() + hours * 3600

    def minutes_left(self):
        return (self.until - time.monotonic()) / 60

    def run(self, what, script, *arguments, **environment):
        """True when it ends with 0; what it says is shown as it says it."""
        print("%s: %s" % (what, time.strftime("%H:%M:%S")), flush=True)
        done = subprocess.run([sys.executable, "-B", script, *arguments],
                              env={**os.environ, "CI": "true", **environment})
        print("%s: %s" % (what, "ok" if done.returncode == 0 else "FAILED"), flush=True)
        return done.returncode == 0

    def vm(self):
        good = self.run("the virtual machine", os.path.join(SOURCE, "tests", "vm", "run.py"),
                        self.binaries, os.path.join(os.path.dirname(self.binaries), "vm"))
        return good, "the virtual machine"

    def storm(self):
        minutes = min(STORM_MINUTES, max(self.minutes - OTHER_MINUTES, self.minutes / 2))
        if self.wanted == ("storm",):
            minutes = self.minutes
        good = self.run("a storm of %g minutes" % minutes, os.path.join(HERE, "storm_test.py"),
                        self.binaries, SPOOR_STORM_MINUTES=str(minutes))
        return good, "a storm of %g minutes" % minutes

    def kills(self):
        good = self.run("200 kills", os.path.join(HERE, "restart_test.py"), self.binaries,
                        SPOOR_LOAD_COUNT=str(COUNT), SPOOR_KILLS="200", SPOOR_RELOADS="50")
        if not good:
            return good, "200 kills and 50 reloads"
        # In pieces, each with a load and a trail of its own.
        good = all(self.run("%d rounds of kills, seed %d" % (KILL_ROUNDS, seed),
                            os.path.join(HERE, "kills_test.py"), self.binaries,
                            SPOOR_KILL_ROUNDS=str(KILL_ROUNDS), SPOOR_LOAD_SEED=str(seed))
                   for seed in range(1, 200 // KILL_ROUNDS + 1))
        return good, "200 kills and 50 reloads, 200 rounds of kills of all three"

    def stall(self):
        good = self.run("a disk that stands still for 30 s",
                        os.path.join(HERE, "slow_disk_test.py"), self.binaries, SPOOR_STALL_S="30")
        return good, "a disk that stands still for 30 s"

    def worlds(self):
        first, count = map(int, os.environ.get("SPOOR_WORLDS", "1,%d" % WORLDS).split(","))
        last = first + count - 1
        bad, done, begun = [], 0, time.monotonic()

        def run(begin):
            size = min(WORLDS_AT_ONCE, last + 1 - begin)
            return size, subprocess.run(
                [os.path.join(self.binaries, "sim_test"), "--seeds", str(size), "--from",
                 str(begin)], capture_output=True, text=True, errors="replace")

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for size, ran in pool.map(run, range(first, last + 1, WORLDS_AT_ONCE)):
                done += size
                if ran.returncode != 0:
                    bad.append(ran.stdout[-3000:] + ran.stderr[-3000:])
                    print(bad[-1])
                print("%d of %d worlds, %d times something is wrong, %d min" % (
                    done, count, len(bad), (time.monotonic() - begun) / 60), flush=True)
        return not bad, "%d simulated worlds, seeds %d to %d" % (done, first, last)

    def fuzz(self):
        targets = len(glob.glob(os.path.join(FUZZERS, "*.cc"))) - 1  # less the driver
        share = self.minutes_left() * os.cpu_count() / targets
        minutes = round(min(FUZZ_MINUTES_MAX, max(1, share)), 1)
        good = self.run("the fuzzers", os.path.join(FUZZERS, "search.py"), str(minutes))
        return good, "fuzzers %g min each" % minutes

    def rounds(self):
        seed, good = 100, True
        while good and self.minutes_left() > 0:
            seed += 1
            good = all(self.run("%s seed %d" % (proof, seed), os.path.join(HERE, proof),
                                self.binaries, SPOOR_LOAD_COUNT=str(COUNT),
                                SPOOR_LOAD_SEED=str(seed)) for proof in PROOFS)
        return good, "%d rounds of %d commands" % (seed - 100, COUNT)


def describe_tree():
    def git(*args):
        return subprocess.run(["git", "-C", SOURCE] + list(args), capture_output=True,
                              text=True).stdout.strip()
    changed = git("status", "--porcelain")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def main():
    binaries, hours = os.path.abspath(sys.argv[1]), float(sys.argv[2])
    wanted = tuple(sys.argv[3:]) or SECTIONS
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        print("There is no section %s; known are: %s" % (unknown[0], ", ".join(SECTIONS)))
        return 2
    tree, soak, done, good = describe_tree(), Soak(binaries, hours, wanted), [], True
    print("Soaking for %g hours: %s" % (hours, ", ".join(wanted)), flush=True)
    for name in wanted:
        good, what = getattr(soak, name)()
        done.append(what + ("" if good else ": FAILED"))
        if not good:
            break
    result = ", ".join(done) + (", all as they must be" if good else "")
    command = "make soak HOURS=%g" % hours + (
        ' ONLY="%s"' % " ".join(wanted) if sys.argv[3:] else "")
    with open(os.path.join(SOURCE, "docs", "soak.md"), "a") as page:
        page.write("| %s | %s | `%s` | %s |\n" % (
            tree, datetime.date.today().isoformat(), command, result))
    print(result)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
