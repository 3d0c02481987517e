#!/usr/bin/env python3
"""make demo: live where the kernel allows it, and nothing left behind, however it ends."""
import glob
import os
import signal
import subprocess
import sys
import tempfile

import kernel_audit
from harness import LOGIN_UID, PATIENCE_S, SKIPPED, Failure, may_capture, require, wait_until

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo.py")
IN_ANY_TRAIL = ("id -un", "sudo -n id -u", "ls /nonexistent", "SIGKILL", "exit 7", "\\x1b")


def run(binaries, **environment):
    done = subprocess.run([sys.executable, DEMO, binaries], capture_output=True, text=True,
                          timeout=3 * PATIENCE_S, env={**os.environ, **environment})
    require(done.returncode == 0, "the demo ended with %d:\n%s%s" % (
        done.returncode, done.stdout, done.stderr))
    return done.stdout


def require_trail(said):
    for words in IN_ANY_TRAIL:
        require(words in said, "no '%s' in the trail:\n%s" % (words, said))
    require("\x1b" not in said and "\u202e" not in said, "an argument acts on the terminal")


def stop_in_the_middle(binaries, temporary, number):
    """Interrupted while it captures: everything must be as before, without help."""
    found = kernel_audit.Found(LOGIN_UID)
    demo = subprocess.Popen([sys.executable, DEMO, binaries], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": temporary})
    try:
        def captures():
            require(demo.poll() is None, "the demo ended before it captured")
            return found.kernel.guest_rules(LOGIN_UID)
        wait_until("the demo to capture", captures)
        demo.send_signal(number)
        demo.wait(PATIENCE_S)
        wait_until("the kernel to be as found", lambda: not found.differences())
        wait_until("the folder to be gone", lambda: not glob.glob(temporary + "/spoor-*"))
    finally:
        if demo.poll() is None:
            demo.kill()


def main():
    binaries = os.path.abspath(sys.argv[1])
    require_trail(run(binaries, SPOOR_DEMO="recorded"))
    turn, missing = may_capture()
    if missing:
        print("missing: " + missing)
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    # Held until this ends: nobody else's test may come between two demos.
    os.environ["SPOOR_TURN"] = "held"
    found = kernel_audit.Found(LOGIN_UID)
    said = run(binaries)
    require("from 127.0.0.1" in said and "session closed" in said, "no login:\n" + said)
    require("\nlive\n" in said, "not live:\n" + said)
    require_trail(said)
    require(not found.differences(), "left behind: %s" % found.differences())
    with tempfile.TemporaryDirectory(prefix="spoor-demo-test-") as temporary:
        os.chmod(temporary, 0o755)
        stop_in_the_middle(binaries, temporary, signal.SIGINT)
        stop_in_the_middle(binaries, temporary, signal.SIGKILL)
    turn.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
