"""Builds the Java contestants: pinned jars by Maven coordinates, compiled by Eclipse's compiler, which is a jar itself.

No JDK is needed: the compiler runs on the Java runtime that the local stack has anyway.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.arena import bench_folder
from benchmarks.contestant import Unavailable
from infra.local.artifacts import ArtifactError, ArtifactStore, LockedArtifact, fetch, is_intact, maven_context, read_lock, sha256_of
from infra.local.java import java_executable

LOCK = Path(__file__).with_name("java.lock.json")
SOURCES = Path(__file__).parent / "programs" / "java"
STREAMS_VERSION = "4.3.1"  # the broker's
# Everything else that Kafka Streams needs is on the broker's class path.
_ROOTS = {
    "streams": (("org.apache.kafka", "kafka-streams", STREAMS_VERSION), ("org.rocksdb", "rocksdbjni", "10.1.3")),
    "compiler": (("org.eclipse.jdt", "ecj", "3.43.0"),),
}


def class_path() -> str:
    """Return the class path of the compiled contestants; downloads and compiles what is missing.

    Raises
    ------
    Unavailable
        If a jar cannot be had or the sources do not compile.
    """
    repository = bench_folder() / "jars"
    artifacts = read_lock(LOCK)
    for artifact in artifacts:
        if not is_intact(artifact, repository):
            print(f"fetching {artifact.file_name}", flush=True)
            try:
                fetch(artifact, repository, lambda line: print(line, flush=True))
            except ArtifactError as error:
                raise Unavailable(str(error).splitlines()[0]) from error
    streams = _jars(artifacts, "streams", repository)
    libraries = os.pathsep.join([streams, ArtifactStore().kafka_class_path()])
    return os.pathsep.join([str(_compiled(libraries, _jars(artifacts, "compiler", repository))), libraries])


def _jars(artifacts: list[LockedArtifact], bundle: str, repository: Path) -> str:
    return os.pathsep.join(str(artifact.path_in(repository)) for artifact in artifacts if artifact.bundle == bundle)


def _compiled(libraries: str, compiler: str) -> Path:
    sources = sorted(SOURCES.glob("*.java"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources) + LOCK.read_bytes()).hexdigest()
    classes = bench_folder() / f"classes-{digest[:16]}"
    if not (classes / "done").exists():
        command = [java_executable(), "-cp", compiler, "org.eclipse.jdt.internal.compiler.batch.Main"]
        command += ["-nowarn", "-source", "17", "-target", "17", "-cp", libraries, "-d", str(classes), *map(str, sources)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Unavailable(f"the Java contestants do not compile:\n{result.stdout}{result.stderr}")
        (classes / "done").touch()
    return classes


def resolve_lock() -> dict[str, list[dict[str, Any]]]:
    """Fetch the roots and return the lock document (needs the network)."""
    repository = bench_folder() / "jars"
    context = maven_context(repository, print)
    document: dict[str, list[dict[str, Any]]] = {}
    for bundle, roots in _ROOTS.items():
        document[bundle] = []
        for group, name, version in roots:
            path = context.project(group, name).at_version(version).artifact(classifier="", packaging="jar").resolve()
            pinned = {"group": group, "name": name, "version": version, "classifier": "", "packaging": "jar"}
            document[bundle].append({**pinned, "sha256": sha256_of(path), "size": path.stat().st_size})
    return document


def main() -> int:
    """Write the lock file anew with ``--lock``; otherwise build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve anew and rewrite the lock file")
    if parser.parse_args().lock:
        LOCK.write_text(json.dumps(resolve_lock(), indent=1) + "\n")
    class_path()
    return 0


if __name__ == "__main__":
    sys.exit(main())
