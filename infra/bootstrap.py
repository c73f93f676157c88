"""Install everything into this checkout: `.venv` from the hashed lock, `.tapewire/artifacts` from the pinned artifacts.

Run by `make`, with the standard library alone. Every step is skipped when nothing changed since it was done, so the
second run needs no network.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 an old Python must get as far as saying so; the annotations below would stop it
    sys.exit(
        f"[1/4] machine FAILED\n  problem: Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}\n"
        "  remedy:  install a newer one and run: make PYTHON=/path/to/python3.11 ..."
    )

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
WORKSPACE = ROOT / ".tapewire"
PYTHON = VENV / "bin" / "python"
UV_ENVIRONMENT = WORKSPACE / "uv"  # apart: bringing .venv to the lock removes all that the lock does not name
UV = UV_ENVIRONMENT / "bin" / "uv"
STAMP = VENV / ".tapewire-lock"
LOCKS = {"demo": ROOT / "requirements" / "demo.txt", "test": ROOT / "requirements" / "all.txt"}
NEEDED_BYTES = 5 << 30
NETWORK_SIGNS = ("name resolution", "dns error", "failed to fetch", "connection", "timed out", "unreachable", "max retries")


class StepError(Exception):
    """A step that failed, and what a person can do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy


def main() -> None:
    """Run the steps of `demo` or `test`; exit code 1 names the step that failed and its remedy."""
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in LOCKS:
        sys.exit("usage: python3 infra/bootstrap.py demo|test")
    steps = {
        "machine": check_machine,
        "environment": make_environment,
        "packages": lambda: install_packages(LOCKS[purpose]),
        "artifacts": fetch_artifacts,
    }
    began, changed = time.monotonic(), False
    for number, (name, step) in enumerate(steps.items(), start=1):
        started = time.monotonic()
        try:
            done = step()
        except StepError as error:
            say(f"[{number}/{len(steps)}] {name} FAILED\n  problem: {error}\n  remedy:  {error.remedy}")
            sys.exit(1)
        changed = changed or done
        say(f"[{number}/{len(steps)}] {name} {'done' if done else 'up to date'} ({time.monotonic() - started:.1f} s)")
    if changed:
        (WORKSPACE / "install.json").write_text(json.dumps({"seconds": round(time.monotonic() - began, 1)}))


def check_machine() -> bool:
    """Refuse a machine that cannot work before anything is downloaded."""
    if not sys.platform.startswith("linux"):
        raise StepError(f"the local stack runs on Linux, this is {sys.platform}", "use `docker compose up`")
    free = shutil.disk_usage(ROOT).free
    if not STAMP.exists() and free < NEEDED_BYTES:
        raise StepError(f"{ROOT} has {free / 1e9:.1f} GB free, {NEEDED_BYTES / 1e9:.1f} GB are needed", "free some disk space")
    return False


def make_environment() -> bool:
    """Create `.venv` with this checkout importable in it, and the installer in an environment of its own."""
    changed = False
    if not succeeds([UV, "--version"]):
        if not succeeds([sys.executable, "-c", "import ensurepip, venv"]):
            install_venv_module()
        say("  installing uv")
        run([sys.executable, "-m", "venv", "--clear", UV_ENVIRONMENT], "creating an environment for uv")
        pip: list[str | Path] = [UV_ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "uv.txt"], "installing uv")
        changed = True
    if not succeeds([PYTHON, "-c", ""]):
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], "creating .venv")
        changed = True
    return link_checkout() or changed


def install_venv_module() -> None:
    """Debian keeps `venv` in a package of its own; root may install it, others are told."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StepError("this Python has no venv module", f"sudo apt-get install {package}")
    say(f"  apt-get install {package}")
    run(["apt-get", "update", "-qq"], "apt-get update")
    run(["apt-get", "install", "-y", "-qq", package], f"apt-get install {package}")


def link_checkout() -> bool:
    """Put the checkout on the path and `tapewire` into `.venv/bin`: no build step, so nothing unpinned is fetched."""
    [site] = (VENV / "lib").glob("python3.*/site-packages")
    link, command = site / "tapewire-checkout.pth", VENV / "bin" / "tapewire"
    script = f"#!{PYTHON}\nimport sys\n\nfrom infra.cli.main import main\n\nsys.exit(main())\n"
    if link.exists() and link.read_text() == f"{ROOT}\n" and command.exists() and command.read_text() == script:
        return False
    link.write_text(f"{ROOT}\n")
    command.write_text(script)
    command.chmod(0o755)
    return True


def install_packages(lock: Path) -> bool:
    """Bring the environment to the lock. One made for the tests serves the demo too."""
    if STAMP.exists() and STAMP.read_text() in {digest(lock), digest(LOCKS["test"])}:
        return False
    count = sum("==" in line for line in lock.read_text().splitlines())
    say(f"  installing {count} packages from {lock.relative_to(ROOT)}")
    STAMP.unlink(missing_ok=True)
    run([UV, "pip", "sync", "--python", PYTHON, "--require-hashes", "--compile-bytecode", lock], "installing packages", show=True)
    link_checkout()
    STAMP.write_text(digest(lock))
    return True


def fetch_artifacts() -> bool:
    """Download Kafka and the schema registry; the module itself knows what is there already."""
    stamp = WORKSPACE / "artifacts" / ".complete"
    before = stamp.stat().st_mtime if stamp.exists() else None
    run([PYTHON, "-m", "infra.local.artifacts"], "downloading the Java artifacts", show=True)
    return stamp.stat().st_mtime != before


def run(command: "Sequence[str | Path]", what: str, *, show: bool = False) -> None:
    """Run a command; when it fails, turn its output into a problem and a remedy."""
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if show and "\x1b" not in line:
                say(f"  {line.rstrip()}")
    if process.returncode != 0:
        output = "\n".join(f"    {line}" for line in lines[-12:])
        raise StepError(f"{what} failed:\n{output}", remedy_for("\n".join(lines).lower()))


def remedy_for(output: str) -> str:
    """Return what to do about a failed command, by what it printed (in lower case)."""
    if "no space left" in output:
        return "the disk is full: free some space and run it again"
    if any(sign in output for sign in NETWORK_SIGNS):
        return "the package index does not answer: check the network (or the proxy) and run it again"
    if "hash" in output:
        return "a file is not the pinned one: `make clean`, then run it again"
    return "read the lines above, then run it again; `make clean` starts from nothing"


def succeeds(command: "Sequence[str | Path]") -> bool:
    """Tell whether a command is there and exits with 0."""
    return Path(command[0]).exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """Print at once."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 what it is for


if __name__ == "__main__":
    main()
