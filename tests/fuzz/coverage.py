#!/usr/bin/env python3
"""How much of what it reads for does each fuzzer reach? coverage.py [RUNS]

Builds the fuzz targets with clang's libFuzzer and coverage into build-coverage, runs each over its
corpus and RUNS (20,000) seeded mutations of it, and prints the lines reached of the files below.
Fails under LINES_MIN for any file.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TREE, "build-coverage")
LINES_MIN = 85.0
FLAGS = "-fprofile-instr-generate -fcoverage-mapping"
# What a target is there to fuzz; a target that is not named here adds nothing.
FUZZED = {
    "audit_record": ["agent/decode/*.cc", "agent/correlate/reassembler.cc"],
    "auth_log": ["agent/decode/*_log.cc", "agent/decode/log_form.cc"],
    "event_stream": ["agent/decode/*.cc", "agent/correlate/reassembler.cc"],
    "rule_file": ["agent/source/rule_line.cc", "agent/source/rule_fields.cc",
                  "agent/source/rule_data.cc"],
    "typed_line": ["agent/decode/typed_line.cc"],
}


def build():
    subprocess.run(
        ["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
         "-DCMAKE_C_COMPILER=clang-14", "-DCMAKE_CXX_COMPILER=clang++-14",
         "-DSPOOR_LIBFUZZER=ON", "-DCMAKE_CXX_FLAGS=" + FLAGS],
        check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--target"] + ["fuzz_" + name for name in FUZZED],
                   check=True, stdout=subprocess.DEVNULL)


def run(name, runs, folder):
    """The profile of one target. New inputs go to a folder of their own: the corpus stays."""
    found = os.path.join(folder, name)
    os.mkdir(found)
    profile = os.path.join(folder, name + ".profraw")
    subprocess.run(
        [os.path.join(BUILD, "bin", "fuzz_" + name), found, os.path.join(HERE, "corpus", name),
         "-runs=%d" % runs, "-seed=1", "-max_len=65536", "-verbosity=0"],
        check=True, cwd=folder, env=dict(os.environ, LLVM_PROFILE_FILE=profile))
    return profile


def measure(profiles, folder):
    """{file: (lines, reached)} over all targets together."""
    merged = os.path.join(folder, "all.profdata")
    subprocess.run(["llvm-profdata-14", "merge", "-o", merged] + profiles, check=True)
    programs = [os.path.join(BUILD, "bin", "fuzz_" + name) for name in FUZZED]
    objects = [word for program in programs[1:] for word in ("-object", program)]
    done = subprocess.run(
        ["llvm-cov-14", "export", "-summary-only", "-instr-profile", merged, programs[0]] + objects,
        check=True, capture_output=True, text=True)
    files = {file for patterns in FUZZED.values() for pattern in patterns
             for file in glob.glob(os.path.join(TREE, pattern))}
    # A compiler cache may have made the names relative to the build.
    named = {os.path.normpath(os.path.join(BUILD, each["filename"])): each["summary"]["lines"]
             for each in json.loads(done.stdout)["data"][0]["files"]}
    return {os.path.relpath(file, TREE): named[file] for file in sorted(files)}


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    for tool in ("clang++-14", "llvm-profdata-14", "llvm-cov-14"):
        if shutil.which(tool) is None:
            sys.exit("coverage.py: needs %s: apt-get install clang-14 llvm-14" % tool)
    build()
    with tempfile.TemporaryDirectory() as folder:
        lines = measure([run(name, runs, folder) for name in FUZZED], folder)
    for file, summary in lines.items():
        print("%-44s %5d of %5d lines %6.1f %%" % (
            file, summary["covered"], summary["count"], summary["percent"]))
    covered = sum(summary["covered"] for summary in lines.values())
    count = sum(summary["count"] for summary in lines.values())
    print("%-44s %5d of %5d lines %6.1f %%" % ("all", covered, count, 100.0 * covered / count))
    short = [file for file, summary in lines.items() if summary["percent"] < LINES_MIN]
    if short:
        sys.exit("under %g %%: %s" % (LINES_MIN, ", ".join(short)))


if __name__ == "__main__":
    main()
