#!/usr/bin/env python3
"""make demo: a short session on this machine, and its trail. demo.py BINARIES

Live where privilege and kernel allow it, else a recorded session through the same path.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import harness
import private_space

SCENARIO = os.path.join(harness.SOURCE, "tests", "golden", "scenarios", "demo_session.sh")
RECORD = os.path.join(harness.SOURCE, "tests", "golden", "records", "demo_session.rec")


def say(text):
    print(text, flush=True)


def complete(deployment):
    """The session, once all its commands are known to have ended."""
    session = deployment.our_session()
    if not session or session["commands"] < 7 or session["commands_running"] > 0:
        return None
    # A recorded session was no login and has no end of its own.
    return session if int(session["ended_ns"]) or not deployment.live else None


def show(deployment, kind):
    session = harness.wait_until("the trail to be complete", lambda: complete(deployment))
    say("")
    say(kind)
    columns = str(shutil.get_terminal_size((100, 24)).columns)
    subprocess.run([os.path.join(deployment.bin, "spoor"), "--collector",
                    deployment.query_address, "trail", session["name"]], check=True,
                   env={**os.environ, "COLUMNS": columns})
    say("")


def run_live(binaries):
    space = harness.Space()
    deployment = None
    try:
        deployment = harness.Deployment(space.path, binaries)
        say("Starting collector, uplink and agent on this machine's kernel")
        deployment.start()
        say("The user %s logs in and runs a few commands" % private_space.LOGIN_NAME)
        with open(SCENARIO) as script:
            deployment.login(script.read())
        show(deployment, "live")
        say("Stopping, and putting the kernel's audit back as it was")
        deployment.stop()
        deployment.clean_up_kernel()
    except harness.Failure as failure:
        say("failed: %s" % failure)
        say(deployment.logs() if deployment else "")
        return 1
    finally:
        kill_all(deployment)
        left = space.found.differences()
        space.close()
    if left:
        say("failed: not as found, and put back by the harness: " + "; ".join(left))
    return 1 if left else 0


def run_recorded(binaries):
    folder = tempfile.mkdtemp(prefix="spoor-")
    deployment = None
    try:
        os.chmod(folder, 0o755)
        deployment = harness.Deployment(folder, binaries, replay=RECORD)
        say("Starting collector, uplink and agent on a recorded session")
        deployment.start()
        show(deployment, "recorded")
        say("Stopping")
        deployment.stop()
        return 0
    except harness.Failure as failure:
        say("failed: %s" % failure)
        say(deployment.logs() if deployment else "")
        return 1
    finally:
        kill_all(deployment)
        shutil.rmtree(folder, ignore_errors=True)


def kill_all(deployment):
    for program in (deployment.agent, deployment.uplink, deployment.collector) \
            if deployment else ():
        if program.runs:
            program.kill()


def main():
    binaries = os.path.abspath(sys.argv[1])
    try:
        if os.environ.get("SPOOR_DEMO") == "recorded":
            return run_recorded(binaries)
        turn, missing = harness.may_capture()
        if missing:
            say("For a live session there is missing: " + missing)
            return run_recorded(binaries)
        with turn:
            private_space.enter()
            harness.quit_on(signal.SIGTERM, signal.SIGHUP)
            return run_live(binaries)
    except KeyboardInterrupt:
        say("interrupted; everything is put back")
        return 130


if __name__ == "__main__":
    sys.exit(main())
