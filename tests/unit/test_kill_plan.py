"""Who dies when: seeded, every kind in turn, now and then a second blow."""

from __future__ import annotations

from collections import Counter

from infra.crash.kill_plan import KillPlan

KINDS = ("kafka", "market", "history", "feeds")


def test_the_same_seed_is_the_same_plan() -> None:
    plans = [KillPlan(KINDS, 12, 5.0, seed) for seed in (1, 1, 2)]
    runs = [[(plan.next_gap(), plan.choose(KINDS)) for _ in range(12)] for plan in plans]
    assert runs[0] == runs[1] != runs[2]
    assert all(plan.left == 0 for plan in plans)


def test_every_kind_has_its_turn_before_any_has_its_second() -> None:
    plan = KillPlan(KINDS, 8, 5.0, 3)
    assert {plan.choose(KINDS) for _ in KINDS} == set(KINDS)
    assert {plan.choose(KINDS) for _ in KINDS} == set(KINDS)


def test_only_who_stands_is_killed_and_nobody_is_forgotten() -> None:
    plan = KillPlan(KINDS, 4, 5.0, 3)
    assert plan.choose(("market",)) == "market"
    assert plan.choose(("market",)) is None, "its turn comes again when the others had theirs"
    assert plan.left == 3
    assert {plan.choose(KINDS) for _ in range(3)} == {"kafka", "history", "feeds"}


def test_second_blows_come_after_the_first_round() -> None:
    plan = KillPlan(KINDS, 1_004, 5.0, 3)
    assert "feeds" not in {plan.choose(("kafka", "market", "history"), ("feeds",)) for _ in range(3)}
    assert plan.choose(KINDS) == "feeds"
    hits = Counter(plan.choose(("kafka", "market", "history"), ("feeds",)) for _ in range(1_000))
    assert 60 < hits["feeds"] < 190


def test_gaps_are_random_and_bounded() -> None:
    plan = KillPlan(KINDS, 1, 5.0, 9)
    gaps = [plan.next_gap() for _ in range(500)]
    assert 4.0 < sum(gaps) / len(gaps) < 5.5 and max(gaps) <= 15.0 and min(gaps) < 1.0
