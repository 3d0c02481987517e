"""blocks.*: what index blocks cost: to write, in bytes, to search; blocks.query.*: what whole
queries take over 50 million rows in files; rows.*: what it takes to bring recorded events into
them; index.*: what the index made of them costs. In CPU time of one thread, and in instructions by
callgrind."""
import os
import re
import subprocess

from figures import Figure

TARGETS = {"rows_per_s": (">=", 1_000_000), "search_rare_ms": ("<=", 300),
           "histogram_ms": ("<=", 300), "trail_in_block_ms": ("<=", 15),
           "rare_warm_ms": ("<=", 300), "common_warm_ms": ("<=", 50),
           "events_per_s": (">=", 400_000)}
COUNTED_ROWS = "8192"
BLOCKS_ASKED = "191"


def run(binaries, _peers, folder):
    blocks = os.path.join(folder, "blocks")
    os.makedirs(blocks)
    return (figures_of(binaries, "spoor-bench-blocks", "blocks.")
            + figures_of(binaries, "spoor-bench-blocks", "blocks.", BLOCKS_ASKED, blocks)
            + figures_of(binaries, "spoor-bench-rows", "rows.")
            + figures_of(binaries, "spoor-bench-index", "index.")
            + [Figure("rows.instructions_per_row", instructions(binaries, folder), "instr.", None)])


def figures_of(binaries, program, prefix, *arguments):
    found = []
    for line in output([os.path.join(binaries, program), *arguments]).splitlines():
        name, value, unit = line.split(" ")
        found.append(Figure(prefix + name, float(value), unit, TARGETS.get(name.split(".", 1)[-1])))
    return found


def instructions(binaries, folder):
    """Of a command's row, from the bytes of its event."""
    out = os.path.join(folder, "callgrind.out")
    told = output(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
                   "--toggle-collect=spoor::collector::RowMaker::row_of*",
                   os.path.join(binaries, "spoor-bench-rows"), COUNTED_ROWS, "command"])
    with open(out) as file:
        total = int(re.search(r"^totals: (\d+)", file.read(), re.M).group(1))
    return total / int(re.search(r"^command.rows_made (\d+)", told, re.M).group(1))


def output(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("%s ended with %d: %s" % (command[0], done.returncode, done.stderr))
    return done.stdout
