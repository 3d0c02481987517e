#!/usr/bin/env python3
"""Searches for inputs that break something. search.py MINUTES [TARGET…]

Builds the fuzz targets with clang's libFuzzer and the address and undefined-behaviour sanitizers
into build-fuzz, and lets each search for MINUTES, beginning with its corpus, as many at a time as
there are processors. What it finds interesting goes to build-fuzz/found/TARGET; an input that
breaks something is kept beside it and named. Exits with 1 if there is one.
"""
import concurrent.futures
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TREE, "build-fuzz")
INPUT_BYTES_MAX = 65536


def all_targets():
    sources = glob.glob(os.path.join(HERE, "*.cc"))
    return sorted(os.path.basename(source)[:-3] for source in sources
                  if not source.endswith("/driver.cc"))


def build(targets):
    print("Building %s into %s" % (", ".join(targets), BUILD), flush=True)
    subprocess.run(
        ["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
         "-DCMAKE_C_COMPILER=clang-14", "-DCMAKE_CXX_COMPILER=clang++-14",
         "-DSPOOR_LIBFUZZER=ON", "-DSPOOR_SANITIZE=ON"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--target"] + ["fuzz_" + name for name in targets],
                   check=True, stdout=subprocess.DEVNULL)


def search(name, minutes):
    """(name, inputs tried, what broke or "")"""
    found = os.path.join(BUILD, "found", name)
    broken = os.path.join(BUILD, "broken", name)
    os.makedirs(found, exist_ok=True)
    os.makedirs(broken, exist_ok=True)
    done = subprocess.run(
        [os.path.join(BUILD, "bin", "fuzz_" + name), "-max_total_time=%d" % (minutes * 60),
         "-max_len=%d" % INPUT_BYTES_MAX, "-print_final_stats=1", "-artifact_prefix=%s/" % broken,
         found, os.path.join(HERE, "corpus", name)],
        capture_output=True, text=True, errors="replace")
    tried = next((line.split()[-1] for line in done.stderr.splitlines()
                  if "number_of_executed_units" in line), "?")
    return name, tried, "" if done.returncode == 0 else done.stderr[-4000:]


def main():
    minutes, targets = float(sys.argv[1]), sys.argv[2:] or all_targets()
    build(targets)
    print("Searching, %g minutes each" % minutes, flush=True)
    clean = True
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, tried, broke in pool.map(lambda name: search(name, minutes), targets):
            print("%-14s %12s inputs, %s" % (name, tried, "clean" if not broke else "BROKEN"),
                  flush=True)
            if broke:
                clean = False
                print(broke)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
