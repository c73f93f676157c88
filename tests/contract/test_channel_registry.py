"""A channel is one file: what is registered and what is on disk are the same."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import sinks.channels
from infra.plugins import load_all
from infra.unit import registered as units
from sinks.channels import channel
from sinks.channels.channel import registered


def test_every_file_is_a_channel_and_every_channel_a_unit() -> None:
    load_all("sinks.channels")
    (folder,) = sinks.channels.__path__
    on_disk = {path.stem for path in Path(folder).glob("*.py")} - {"__init__", "channel"}
    ours = {id: found for id, found in registered().items() if found.__module__.startswith("sinks.channels.")}
    assert {found.__module__.rpartition(".")[2] for found in ours.values()} == on_disk
    assert {f"sink.{id}" for id in ours} <= set(units())


def test_a_new_channel_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decorator is all it takes: the unit appears, with the topics it reads and writes."""
    (tmp_path / "pigeon_post.py").write_text(
        "from sinks.channels.channel import Channel, MessageReference, channel\n"
        "@channel(id='pigeon', summary='Carries messages by pigeon.')\n"
        "class Pigeon(Channel):\n"
        "    async def open(self): ...\n"
        "    async def close(self): ...\n"
        "    async def post(self, address, message, *, delivery_id, thread, maybe_sent):\n"
        "        return MessageReference(delivery_id, None)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(channel, "_REGISTRY", dict(registered()))
    monkeypatch.setattr("infra.unit._REGISTRY", dict(units()))
    __import__("pigeon_post")
    monkeypatch.delitem(sys.modules, "pigeon_post")
    assert registered()["pigeon"].id == "pigeon"
    assert "distribution.premium" in units()["sink.pigeon"].reads
