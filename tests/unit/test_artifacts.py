"""Pinned artifacts: checked by hash, kept, and never fetched twice (DEV-02)."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import pytest

from infra.local import artifacts
from infra.local.artifacts import LOCK_FILE, ArtifactError, ArtifactStore, read_lock


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("app-1/quarkus-run.jar")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"jar"))
    return buffer.getvalue()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock of two artifacts whose files are already there."""
    files = {("kafka", "org.example", "broker", "1.0", "", "jar"): b"classes", ("registry", "org.example", "app", "3.0", "all", "tar.gz"): archive()}
    document: dict[str, list[dict[str, object]]] = {"kafka": [], "registry": []}
    for (bundle, group, name, version, classifier, packaging), content in files.items():
        document[bundle].append(
            {
                "group": group,
                "name": name,
                "version": version,
                "classifier": classifier,
                "packaging": packaging,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
            }
        )
    path = tmp_path / "lock.json"
    path.write_text(json.dumps(document))
    for artifact, content in zip(read_lock(path), files.values(), strict=True):
        target = artifact.path_in(tmp_path / "store")
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
    return path


def test_what_is_there_is_checked_unpacked_and_not_fetched(lock: Path, tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "store", lock)
    said: list[str] = []
    store.ensure(said.append)
    assert (store.registry_home() / "quarkus-run.jar").read_bytes() == b"jar"
    assert store.kafka_class_path().endswith("org/example/broker/1.0/broker-1.0.jar")
    said.clear()
    store.ensure(said.append)
    assert said == []


def test_a_file_that_was_cut_short_is_fetched_again_and_its_absence_names_a_remedy(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network: the error names the artifact and what to do."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    jar = read_lock(lock)[0].path_in(tmp_path / "store")
    jar.write_bytes(b"cl")
    with pytest.raises(ArtifactError, match=r"org\.example:broker:1\.0(.|\n)*remedy"):
        ArtifactStore(tmp_path / "store", lock).ensure(lambda _line: None)
    assert not jar.exists()


def test_a_full_disk_is_said_before_anything_is_fetched(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(lock.read_text())
    document["kafka"][0] |= {"size": 1 << 60}
    lock.write_text(json.dumps(document))
    with pytest.raises(ArtifactError, match=r"free(.|\n)*remedy: free some disk space"):
        ArtifactStore(tmp_path / "store", lock).ensure(lambda _line: None)


def test_the_committed_lock_pins_every_file_and_names_no_address() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{64}", artifact.sha256) and artifact.size > 0 for artifact in read_lock())
    names = {f"{artifact.group}:{artifact.name}:{artifact.version}" for artifact in read_lock()}
    assert artifacts.KAFKA_ROOT in names and artifacts.LOG_BINDING in names
    assert "://" not in LOCK_FILE.read_text()
    for path in (LOCK_FILE.parents[2] / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text()), path
