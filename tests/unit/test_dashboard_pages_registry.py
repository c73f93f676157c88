"""Adding a page is adding one file; the registry and the files agree."""

import sys
from pathlib import Path

import pytest

import dashboards.views
from dashboards import page as pages
from infra.plugins import load_all


def test_registry_equals_the_files_on_disk() -> None:
    load_all("dashboards.views")
    files = {path.stem for folder in dashboards.views.__path__ for path in Path(folder).glob("*.py")} - {"__init__"}
    assert {entry.name for entry in pages.registered()} == files


def test_a_toy_page_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy.py").write_text(
        "from dashboards.page import page\n\n\n@page(title='Toy', icon=':material/toys:', order=99)\ndef toy(desk):\n    raise NotImplementedError\n"
    )
    monkeypatch.setattr(pages, "_REGISTRY", dict(pages._REGISTRY))
    monkeypatch.setattr(dashboards.views, "__path__", [*dashboards.views.__path__, str(tmp_path)])
    try:
        load_all("dashboards.views")
        assert pages.registered()[-1].name == "toy"
    finally:
        sys.modules.pop("dashboards.views.toy", None)


def test_two_pages_in_one_file_are_refused() -> None:
    @pages.page(title="One", icon=":material/one:", order=1)
    def one(desk: pages.Desk) -> None: ...

    try:
        with pytest.raises(ValueError, match="expected one page a file"):

            @pages.page(title="Two", icon=":material/two:", order=2)
            def two(desk: pages.Desk) -> None: ...
    finally:
        pages._REGISTRY.pop(one.__module__.rpartition(".")[2])
