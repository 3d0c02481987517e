#!/usr/bin/env python3
"""make bench: every benchmark, or one group. bench.py BUILD [GROUP…]

Prints a table and writes BUILD/bench.json, one figure a line. Nothing here passes or fails by a
time: the table says which targets are met.
"""
import os
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "system"))

import blocks_bench  # noqa: E402
import decode_bench  # noqa: E402
import delivery_bench  # noqa: E402
import figures  # noqa: E402
import harness  # noqa: E402
import instructions  # noqa: E402
import live_bench  # noqa: E402
import micro_bench  # noqa: E402
import pipeline_bench  # noqa: E402
import receivers_bench  # noqa: E402
import store_bench  # noqa: E402
from peers import Peers  # noqa: E402

GROUPS = {"decode": decode_bench.run, "live": live_bench.run, "micro": micro_bench.run,
          "instructions": instructions.run, "delivery": delivery_bench.run,
          "receivers": receivers_bench.run, "pipeline": pipeline_bench.run,
          "blocks": blocks_bench.run, "store": store_bench.run}


def main():
    build = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:] or list(GROUPS)
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        print("no group %s; there are %s" % (", ".join(unknown), ", ".join(GROUPS)))
        return 2
    # A peer's daemon must not outlive us, nor what it made of the kernel.
    harness.quit_on(signal.SIGTERM, signal.SIGHUP)
    print(figures.machine(), flush=True)
    binaries, folder = os.path.join(build, "bin"), os.path.join(build, "bench")
    needs_peers = {"decode", "live", "receivers", "pipeline"} & set(wanted)
    peers = Peers(os.path.join(build, "peers")) if needs_peers else None
    found = []
    for name in wanted:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        found += GROUPS[name](binaries, peers, folder)
    shutil.rmtree(folder, ignore_errors=True)
    figures.write(os.path.join(build, "bench.json"), found)
    print()
    print(figures.table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
