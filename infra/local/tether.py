"""Run a command that dies with the process that asked for it, whatever kills that process.

Used as `python -I -S tether.py PARENT_PID COMMAND ...`: sets Linux's parent-death signal and replaces itself by the
command. A launcher instead of a `preexec_fn`, because Python code between fork and exec can deadlock in a process with
threads (librdkafka, the JVM's pipes, chDB), and because the launcher can close the race with a parent that is already
dead. The signal follows the parent's *thread*: spawn from a thread that lives as long as the child should.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tethered(command: list[str]) -> list[str]:
    """Return the command line that runs `command` tied to the life of the calling process."""
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid()), *command]


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command."""
    parent, command = int(arguments[0]), arguments[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl(PR_SET_PDEATHSIG) failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the signal was set
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 the command is ours


if __name__ == "__main__":
    main(sys.argv[1:])
