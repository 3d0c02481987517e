"""Stops a program of ours at its next fdatasync(2), so that it can be killed there: between write
and fsync, or between fsync and all that follows from it (pause_at_sync.cc, which is preloaded)."""
import mmap
import os
import struct

from harness import require, wait_until

NOTHING, BEFORE, BEHIND = 0, 1, 2
PAGE = struct.Struct("=III64s")


class Pause:
    """`part`: of the paths of the files that are meant."""

    def __init__(self, deployment, program, part):
        self.program = program
        path = deployment.path("pause-" + program.name)
        with open(path, "wb") as file:
            file.write(bytes(4096))
        os.chmod(path, 0o666)
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.part = part.encode()
        at = program.argv.index(os.path.join(deployment.bin, program.name))
        program.argv[at:at] = ["env", "SPOOR_TEST_PAUSE=" + path, "LD_PRELOAD=" + os.path.join(
            deployment.bin, "spoor-test-pause.so")]

    def wait(self, side, countdown=1):
        """Until a thread of it stands there, at the `countdown`th time from now on."""
        PAGE.pack_into(self.page, 0, NOTHING, countdown, 0, self.part)
        struct.pack_into("=I", self.page, 0, side)

        def reached():
            require(self.program.runs, "%s ended:\n%s" % (self.program.name, self.program.log()))
            return struct.unpack_from("=I", self.page, 8)[0]
        wait_until("%s to sync" % self.program.name, reached, every_s=0.002)

    def let_go(self):
        struct.pack_into("=I", self.page, 0, NOTHING)
