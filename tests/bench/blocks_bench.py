"""blocks.*: what index blocks cost: to write, in bytes, to search; in CPU time of one thread."""
import os
import subprocess

from figures import Figure

TARGETS = {"rows_per_s": (">=", 1_000_000), "search_rare_ms": ("<=", 300),
           "histogram_ms": ("<=", 300), "trail_in_block_ms": ("<=", 15)}


def run(binaries, _peers, _folder):
    done = subprocess.run([os.path.join(binaries, "spoor-bench-blocks")], capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise RuntimeError("spoor-bench-blocks ended with %d: %s" % (done.returncode, done.stderr))
    found = []
    for line in done.stdout.splitlines():
        name, value, unit = line.split(" ")
        found.append(Figure("blocks." + name, float(value), unit,
                            TARGETS.get(name.split(".", 1)[1])))
    return found
