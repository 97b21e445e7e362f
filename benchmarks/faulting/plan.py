"""Which faults are injected where: every kind of each budget, drawn over the steps of a run by a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from benchmarks.faulting.campaign import Bench
from benchmarks.faulting.fault import Fault
from benchmarks.faulting.kinds import damage, disks, ends, models, others

BUDGETS = {"smoke": 1, "small": 3, "full": 8}  # faults of a kind; some have more or fewer
IN_A_ROW = 9  # faults that one lake meets on its way
COMMIT_POINTS = 70  # of a run, among which it is killed
READS = 60  # of a run, among which one fails
Planned = tuple[str, list[Fault]]


def planned(bench: Bench, budget: str, seed: int, only: list[str]) -> Iterator[Planned]:
    """(base, faults in a row)."""
    draw, each = random.Random(seed), BUDGETS[budget]
    for base, faults, together in _all(bench, each, draw):
        chosen = [fault for fault in faults if not only or any(name in fault.kind for name in only)]
        order = {step: number for number, step in enumerate(bench.base(base).steps)}
        while chosen:
            yield base, sorted(chosen[:together], key=lambda fault: order.get(fault.during, -1))
            chosen = chosen[together:]


def asks_much(faults: list[Fault]) -> bool:
    """Whether they change what the model server says, to everybody."""
    return any(fault.kind.startswith("model server") for fault in faults)


def _all(bench: Bench, each: int, draw: random.Random) -> Iterator[tuple[str, list[Fault], int]]:
    """(base, faults in any order, how many in a row)."""
    steps = bench.base("grown").steps

    def some(many: int) -> list[str]:
        """Steps all over the run."""
        return [steps[int((number + draw.random()) / many * len(steps))] for number in range(many)]

    work = [step for step in steps if not step.endswith("_gate")]
    own = [step for step in work if step.startswith(("l0", "l1", "l2", "l3", "l4", "mix_", "pretrain", "midtrain", "alignment"))]
    first = [step for step in bench.base("empty").steps if step in ("l2_anchors", "l2_reliability", "l2_student")]
    stops = (
        [ends.kill(step) for step in (some(each) if each == 1 else [*own, *some(2 * each)])]
        + [ends.kill_at_commit(draw.randrange(2, COMMIT_POINTS)) for _ in range(3 * each if each > 1 else 1)]
        + [ends.power_loss(step) for step in some(2 * each if each > 1 else 1)]
        + [ends.stop(step) for step in some(each)]
        + [ends.out_of_memory(step) for step in some(each)]
        + [disks.disk_full(step) for step in some(each)]
        + ([disks.full_at_start()] if each > 1 else [])
        + [disks.no_inodes(step) for step in some(each)]
        + [disks.read_only(step) for step in some(each)]
        + [disks.permission_lost(step) for step in some(each)]
        + [disks.lake_gone(step) for step in some(each)]
        + [disks.read_error(draw.randrange(1, READS), number % 2 == 0) for number in range(each)]
    )
    draw.shuffle(stops)
    yield "empty", [ends.kill(step) for step in first[: each - 1]], IN_A_ROW
    yield "finished", _damage(bench, each), IN_A_ROW
    asking = [step for step in ("l2_annotations", "l3_refined") if step in steps]
    yield "grown", [ends.kill_model(asking[number % 2]) for number in range(min(each, 4))], 2
    yield "grown", [models.server(fault, after) for fault, after in _misbehaved(each)], 4
    yield "grown", [disks.temporary_full(step) for step in some(min(each, 4))], 1
    yield "grown", [others.same_crawl(step, own) for step in some(max(1, each // 3)) for own in (False, True)], 1
    yield "grown", [others.daemon_run(step) for step in some(max(1, each // 3))], 1
    yield "two crawls", [others.other_crawl(step) for step in some(max(1, each // 3))], 1
    yield "grown", [others.wrong_clock(days * others.DAYS) for days in (-3, -400, 2, -0.1)[:each]], 1
    yield "grown", stops, IN_A_ROW


def _misbehaved(each: int) -> list[tuple[str, int]]:
    found = [("dead", 0), ("slow", 0), ("hanging", 2), ("dripping", 1), ("lying:garbage", 0), ("failing", 3)]
    if each > 1:
        found += [("dead", 3), ("dead", 11), ("slow", 5), ("hanging", 9), *((f"lying:{lie}", 1) for lie in models.LIES[1:])]
    return found


def _damage(bench: Bench, each: int) -> list[Fault]:
    tables = ("l1_filtered", "l0_raw", "l2_selected", "l3_refined", "decisions", "activities", "verdicts", "l4_facts")[:each]
    found = [
        damage.promoted_file(table, how) for how in ("flipped", "truncated", "missing", "empty") for table in tables[: max(1, each // 2)]
    ]
    found += [damage.log_entry_lost(table) for table in ("activities", "verdicts", "l1_filtered", "llm_calls", "crawl_files")[:each]]
    found += [
        damage.checkpoint_lost(table, how)
        for table, how in (("activities", "missing"), ("verdicts", "garbage"), ("activities", "truncated"), ("decisions", "missing"))[:each]
    ]
    caches = ("catalog*.sqlite", "dedup/**/*", "vectors/**/*", "catalog*-wal")[:each]
    found += [damage.cache_damaged(cache, how) for how in ("flipped", "garbage", "truncated")[:each] for cache in caches]
    found += [damage.cache_of_another_lake(partial(bench.place_after, name)) for name in ("empty", "grown")[:each]]
    found += [damage.journal_damaged(how) for how in ("garbage", "foreign", "cut")[:each]]
    storages = ("history/runs.db", "history/runs/*.db", "schedules/*.db")[:each]
    found += [damage.event_storage_damaged(name, how) for name in storages for how in ("garbage", "truncated")[:each]]
    return [*found, damage.stale_locks()]
