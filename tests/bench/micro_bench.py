"""micro.*: what each stage costs by itself (Google Benchmark), in CPU time."""
import json
import os
import subprocess

import generated_log
from figures import Figure

RECORDS, REPETITIONS = 11_000, 3


def run(binaries, _peers, folder):
    log = os.path.join(folder, "micro.log")
    generated_log.write(log, RECORDS)
    done = subprocess.run(
        [os.path.join(binaries, "spoor-bench-micro"), log, "--benchmark_format=json",
         "--benchmark_min_time=0.2", "--benchmark_repetitions=%d" % REPETITIONS,
         "--benchmark_report_aggregates_only=true"], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("spoor-bench-micro ended with %d: %s" % (done.returncode, done.stderr))
    return [Figure("micro." + each["run_name"], 1e6 / each["items_per_second"], "µs")
            for each in json.loads(done.stdout)["benchmarks"]
            if each["aggregate_name"] == "median"]
