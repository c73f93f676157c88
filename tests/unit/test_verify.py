"""`tapewire verify`: what differs is wrong, and what a running stage has not written yet is not."""

from __future__ import annotations

from infra.cli.verify import Verified, compared

EXPECTED = {b"a1": (b"1", 0), b"a2": (b"2", 0), b"a3": (b"3", 0), b"b1": (b"4", 1), b"b2": (b"5", 1)}


def test_what_is_behind_the_newest_of_a_partition_is_missing_and_what_is_before_it_is_not_yet_there() -> None:
    found = compared("flow", "derived.flow-metrics", {b"a2": b"2", b"b1": b"4"}, EXPECTED)
    assert found == Verified("flow", "derived.flow-metrics", equal=2, different=0, unexpected=0, missing=1, not_yet=2)
    assert not found.is_right
    assert compared("flow", "derived.flow-metrics", {b"a1": b"1"}, EXPECTED).is_right, "a stage that runs is behind"


def test_other_bytes_and_records_that_nobody_asked_for_are_wrong() -> None:
    told = {identity: digest for identity, (digest, _) in EXPECTED.items()}
    found = compared("flow", "derived.flow-metrics", {**told, b"a3": b"x", b"c1": b"6"}, EXPECTED)
    assert (found.equal, found.different, found.unexpected, found.missing, found.not_yet) == (4, 1, 1, 0, 0)
    assert not found.is_right
