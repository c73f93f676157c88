"""The Java artifacts of the local stack: resolved by Maven coordinates in pure Python, pinned by sha256, kept for offline use."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.paths import artifacts_dir

LOCK_FILE = Path(__file__).with_name("artifacts.lock.json")

# What is asked for; the lock file holds what that resolved to. log4j-slf4j-impl is the slf4j 1.x binding that makes
# Kafka's log readable: its jars bring slf4j-api alone, which drops every line.
# Kafka 4.4.0 is incomplete in the repositories (kafka-tools-api is missing).
KAFKA_ROOT = "org.apache.kafka:kafka_2.13:4.3.1"
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
REGISTRY_ROOT = ("io.apicurio", "apicurio-registry-app", "3.3.3", "all", "tar.gz")  # carries its own dependencies

_WORTH_A_LINE = 1_000_000

Report = Callable[[str], None]


class ArtifactError(RuntimeError):
    """An artifact could not be had; the message says which and what to do about it."""


@dataclass(frozen=True, slots=True)
class LockedArtifact:
    """One file of one Maven component, as committed in the lock file."""

    bundle: str
    group: str
    name: str
    version: str
    classifier: str
    packaging: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.name}-{self.version}{suffix}.{self.packaging}"

    def path_in(self, repository: Path) -> Path:
        return repository.joinpath(*self.group.split("."), self.name, self.version, self.file_name)


def read_lock(lock_file: Path = LOCK_FILE) -> list[LockedArtifact]:
    """Return every pinned artifact, in the order of the lock file."""
    document = json.loads(lock_file.read_text())
    return [LockedArtifact(bundle=bundle, **entry) for bundle, entries in document.items() for entry in entries]


class ArtifactStore:
    """The folder that holds the pinned artifacts; `ensure` fills it once, afterwards nothing needs the network.

    Parameters
    ----------
    root
        Folder of the store; `<checkout>/.tapewire/artifacts` by default.
    """

    def __init__(self, root: Path | None = None, lock_file: Path = LOCK_FILE) -> None:
        self.root = root or artifacts_dir()
        self._lock_file = lock_file
        self._artifacts = read_lock(lock_file)

    def ensure(self, report: Report | None = None) -> None:
        """Download what is missing, check every file by sha256, unpack the registry. Does nothing when all is there.

        Raises
        ------
        ArtifactError
            When a file cannot be fetched or does not match its pinned hash.
        """
        say = report or _to_stderr
        if self._stamp_is_current():
            return
        self.root.mkdir(parents=True, exist_ok=True)
        with _exclusive(self.root / ".lock"):
            if self._stamp_is_current():
                return
            missing = [artifact for artifact in self._artifacts if not is_intact(artifact, self.root)]
            _check_disk_space(self.root, sum(artifact.size for artifact in missing))
            total = sum(artifact.size for artifact in missing)
            done = 0
            for index, artifact in enumerate(missing, start=1):
                if artifact.size >= _WORTH_A_LINE:
                    progress = f"{index}/{len(missing)}, {_megabytes(done)} of {_megabytes(total)}"
                    say(f"artifact {progress}: {artifact.file_name} ({_megabytes(artifact.size)})")
                fetch(artifact, self.root, say)
                done += artifact.size
            self._unpack_registry(say)
            self._stamp().write_text(self._stamp_text())

    def kafka_class_path(self) -> str:
        """Return the class path of the broker and its tools."""
        jars = [artifact.path_in(self.root) for artifact in self._artifacts if artifact.bundle == "kafka"]
        return os.pathsep.join(str(jar) for jar in jars)

    def registry_home(self) -> Path:
        """Return the unpacked registry's folder (it holds `quarkus-run.jar`)."""
        return self.root / f"registry-{self._registry().version}"

    def _registry(self) -> LockedArtifact:
        return next(artifact for artifact in self._artifacts if artifact.bundle == "registry")

    def _unpack_registry(self, say: Report) -> None:
        home = self.registry_home()
        shutil.rmtree(home, ignore_errors=True)
        partial = home.with_name(home.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        say(f"unpacking {self._registry().file_name}")
        with tarfile.open(self._registry().path_in(self.root)) as archive:
            archive.extractall(partial, filter="data")
        launcher = next(partial.rglob("quarkus-run.jar"))
        launcher.parent.rename(home)
        shutil.rmtree(partial, ignore_errors=True)

    def _stamp(self) -> Path:
        return self.root / ".complete"

    def _stamp_text(self) -> str:
        return sha256_of(self._lock_file)

    def _stamp_is_current(self) -> bool:
        if not self._stamp().is_file() or self._stamp().read_text() != self._stamp_text():
            return False
        present = all(
            (path := artifact.path_in(self.root)).is_file() and path.stat().st_size == artifact.size
            for artifact in self._artifacts
        )
        return present and (self.registry_home() / "quarkus-run.jar").is_file()


def is_intact(artifact: LockedArtifact, repository: Path) -> bool:
    """Tell whether the repository holds the artifact with its pinned hash."""
    path = artifact.path_in(repository)
    return path.is_file() and path.stat().st_size == artifact.size and sha256_of(path) == artifact.sha256


def fetch(artifact: LockedArtifact, repository: Path, say: Report) -> None:
    """Download one artifact into the repository and compare it with its pinned hash.

    Raises
    ------
    ArtifactError
        When it cannot be had or is another file.
    """
    path = artifact.path_in(repository)
    # An interrupted download leaves a short file that the resolver would take for the artifact.
    path.unlink(missing_ok=True)
    context = maven_context(repository, say)
    component = context.project(artifact.group, artifact.name).at_version(artifact.version)
    try:
        component.artifact(classifier=artifact.classifier, packaging=artifact.packaging).resolve()
    except OSError as error:  # requests' errors are OSErrors too
        path.unlink(missing_ok=True)
        raise ArtifactError(
            f"could not download {artifact.group}:{artifact.name}:{artifact.version}: {error}\n"
            "  remedy: check that this machine reaches Maven Central (or its configured mirror) and run the command "
            "again; what has arrived is kept"
        ) from error
    except RuntimeError as error:
        raise ArtifactError(f"{artifact.group}:{artifact.name}:{artifact.version} was not found: {error}") from error
    found = sha256_of(path)
    if found != artifact.sha256:
        path.unlink()
        raise ArtifactError(
            f"{artifact.file_name}: expected sha256 {artifact.sha256}, found {found}\n"
            "  remedy: run the command again; if it repeats, the file served is not the pinned one"
        )


def sha256_of(path: Path) -> str:
    """Return the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def maven_context(repository: Path, say: Report) -> Any:
    """Return a jgo context that downloads into `repository` and reports the progress of large files."""
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def progress(file_name: str, total: int) -> Iterator[Callable[[int], None]]:
        received, told = 0, 0

        def update(count: int) -> None:
            nonlocal received, told
            received += count
            if received - told >= 20_000_000:
                told = received
                say(f"          {file_name}: {_megabytes(received)} of {_megabytes(total)}")

        yield update

    return MavenContext(repo_cache=repository, resolver=PythonResolver(progress_callback=progress), timeout=30)


def resolve_lock(repository: Path) -> dict[str, list[dict[str, Any]]]:
    """Resolve the roots with all their dependencies and return the lock document (needs the network)."""
    context = maven_context(repository, _to_stderr)
    broker, binding = context.create_dependency(KAFKA_ROOT), context.create_dependency(LOG_BINDING)
    # The binding is added alone: as a second root its parent's version management would pull kafka-clients to 3.9.
    _, transitive = context.resolver.resolve([broker])
    kafka = {dependency.artifact.key: dependency.artifact for dependency in [broker, binding, *transitive]}
    group, name, version, classifier, packaging = REGISTRY_ROOT
    registry = context.project(group, name).at_version(version).artifact(classifier=classifier, packaging=packaging)
    return {
        "kafka": [_lock_entry(kafka[key]) for key in sorted(kafka)],
        "registry": [_lock_entry(registry)],
    }


def _lock_entry(artifact: Any) -> dict[str, Any]:
    path = artifact.resolve()
    return {
        "group": artifact.groupId,
        "name": artifact.artifactId,
        "version": artifact.version,
        "classifier": artifact.classifier,
        "packaging": artifact.packaging,
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
    }


def _check_disk_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * 3:  # archive, unpacked archive, data of the first run
        raise ArtifactError(
            f"{folder} has {_megabytes(free)} free, {_megabytes(needed * 3)} are needed\n  remedy: free some disk space"
        )


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Fetch the artifacts, or write the lock file anew with `--lock`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve anew and rewrite the lock file")
    arguments = parser.parse_args()
    try:
        if arguments.lock:
            LOCK_FILE.write_text(json.dumps(resolve_lock(artifacts_dir()), indent=1) + "\n")
        ArtifactStore().ensure()
    except ArtifactError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
