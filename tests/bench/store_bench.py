"""store.*: what the collector's log takes on disk, sealed and not, what sealing costs, and what a
start does (log_store.cc), of commands that follow one another (generated_log.py)."""
import os

import generated_log
from blocks_bench import figures_of

RECORDS, LOG_MB = 1_000_000, 600


def run(binaries, _peers, folder):
    records = os.path.join(folder, "store.records")
    generated_log.write(records, RECORDS)
    log = os.path.join(folder, "log")
    return figures_of(binaries, "spoor-bench-log", "store.", records, log, str(LOG_MB))
