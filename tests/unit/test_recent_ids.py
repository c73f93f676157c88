"""Ids that came lately: each new once, the oldest forgotten first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.recent_ids import RecentIds


def test_an_id_is_new_once_until_it_is_forgotten() -> None:
    ids = RecentIds(2)
    assert [ids.add(name) for name in ("a", "b", "a")] == [True, True, False]
    assert ids.add("c") and ids.add("a"), "beyond its memory the oldest is forgotten"
    assert not ids.add("c") and ids.add("b")


@given(st.integers(1, 5), st.lists(st.sampled_from("abcdefgh")))
def test_it_knows_exactly_the_newest(remembered: int, added: list[str]) -> None:
    ids, known = RecentIds(remembered), list[str]()
    for name in added:
        assert ids.add(name) == (name not in known)
        known = (known if name in known else [*known, name])[-remembered:]
