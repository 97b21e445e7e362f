"""One more shard, a withdrawn one, a changed claim, a damaged cache: the facts are those of a whole recomputation, digest by digest."""

import random
import shutil
from pathlib import Path

import pytest

from benchmarks.fact_growth import about, countries, further
from benchmarks.fact_scenarios import claims_of
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge import verification as verification_module
from tierline.knowledge.fact_cache import FactCache
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult
from tierline.lake.digest import content_digest
from tierline.tables import TABLES

OLD = countries(0, 16)
RULES = FactRules()


@pytest.fixture(scope="module")
def shards() -> list[list[dict]]:
    """Claims of pages about some countries in shards drawn at random, and two further ones."""
    chance, found = random.Random(1), [[], [], []]
    for page in about(OLD):
        chance.choice(found).append(page)
    return [claims_of(pages).to_pylist() for pages in (*found, *(list(further(OLD, 16, (6, 2), number)) for number in range(2)))]


def put(lake: Lake, commit, shards: dict[str, list[dict]]) -> None:
    for shard, rows in shards.items():
        commit(lake, "l4_claims", [{name: row[name] for name in TABLES["l4_claims"].columns} for row in rows], shard)


def digests(result: StageResult) -> dict[str, str]:
    tables = {name: table.sort_by(TABLES[name].key) for name, table in result.tables.items()}
    return {name: content_digest(table) for name, table in (tables | {"": result.ledgers["l4_facts"][1].sort_by("row_id")}).items()}


def verified(lake: Lake, names: list[str] | None = None, batch: int = 500, **changed: str) -> dict[str, str]:
    """By the cache of the lake."""
    activity = Activity.begin("l4_facts", WHOLE_LAKE, changed.get("code", "1"), RULES, {})
    read = [lake.manifest("l4_claims", name) for name in names] if names else lake.promoted("l4_claims")
    return digests(FactCache(lake.cache_dir / "facts", activity).verify(lake, read, RULES, batch=batch))


def whole(lake: Lake, tmp_path: Path) -> dict[str, str]:
    """Without anything that is known from before."""
    shutil.rmtree(tmp_path / "whole", ignore_errors=True)
    activity = Activity.begin("l4_facts", WHOLE_LAKE, "1", RULES, {})
    return digests(FactCache(tmp_path / "whole", activity).verify(lake, lake.promoted("l4_claims"), RULES))


@pytest.fixture
def judged(monkeypatch) -> list[int]:
    """How many properties each step judged."""
    counts: list[int] = []
    judge = verification_module.Verification._judged

    def counting(self, wanted, *arguments):
        inner, self._judge = self._judge, lambda properties, *rest: counts.append(len(properties)) or inner(properties, *rest)
        try:
            return judge(self, wanted, *arguments)
        finally:
            self._judge = inner

    monkeypatch.setattr(verification_module.Verification, "_judged", counting)
    return counts


def test_each_step_gives_what_a_whole_recomputation_gives_and_judges_less(lake, commit, shards, tmp_path, judged):
    put(lake, commit, {"a": shards[0], "b": shards[1], "c": shards[2]})
    first = verified(lake)
    everything = sum(judged)
    assert first == whole(lake, tmp_path)
    judged.clear()
    assert verified(lake) == first and sum(judged) == 0  # nothing is new
    for number, shard in enumerate(("d", "e")):
        put(lake, commit, {shard: shards[3 + number]})
        judged.clear()
        found = verified(lake)
        assert sum(judged) > 0 and found != first
        assert found == whole(lake, tmp_path)
    assert everything > 0
    assert verified(lake, ["a", "b", "c"]) == first  # what was added is withdrawn
    assert verified(lake) == found


def test_what_is_judged_again_follows_the_shard_and_not_the_size_of_the_lake(lake, commit, judged):
    """Further pages make words common that pages about other things have, more of them in a larger lake."""
    again: list[int] = []
    for number, size in enumerate((8, 24)):
        new = countries(8 * number, size - 8 * number)
        put(lake, commit, {f"first{number}": claims_of(list(about(new))).to_pylist()})
        verified(lake)
        put(lake, commit, {f"more{number}": claims_of(list(further(OLD[:8], 100, (3, 1), number))).to_pylist()})
        judged.clear()
        verified(lake)
        again.append(sum(judged))
    assert 4 * len(OLD[0].true) <= again[1] <= again[0]  # of three old countries and a new one, and of sites that now err


def test_a_changed_claim_is_judged_again(lake, commit, shards, tmp_path):
    put(lake, commit, {"a": shards[0], "b": shards[1], "c": shards[2]})
    before = verified(lake)
    put(lake, commit, {"b": [row | {"object": "Nowhere"} if row["predicate"] == "capital" else row for row in shards[1]]})
    assert before != verified(lake) == whole(lake, tmp_path)


def test_neither_the_order_of_shards_nor_the_size_of_a_batch_decides_anything(lake, commit, shards, tmp_path):
    put(lake, commit, dict(zip("abcde", shards, strict=True)))
    expected = whole(lake, tmp_path)
    for batch, names in ((1, "abcde"), (7, "ecabd"), (100_000, "edcba")):
        shutil.rmtree(lake.cache_dir / "facts", ignore_errors=True)
        assert verified(lake, list(names), batch) == expected
    assert verified(lake, list("bdeca"), 3) == expected


@pytest.mark.parametrize("damage", ["torn", "other bytes", "no meta", "gone"])
def test_a_damaged_cache_changes_no_answer(lake, commit, shards, tmp_path, damage):
    put(lake, commit, {"a": shards[0], "b": shards[1]})
    verified(lake)
    put(lake, commit, {"c": shards[2]})
    for number, path in enumerate(sorted(path for path in (lake.cache_dir / "facts").rglob("*") if path.is_file() and path.name != "lock")):
        if damage == "gone" and number % 2:
            path.unlink()
        elif damage == "no meta" and path.name == "meta.json":
            path.write_text("{}")
        elif damage == "torn" and path.suffix != ".json":
            path.write_bytes(path.read_bytes()[:-9])
        elif damage == "other bytes" and path.suffix != ".json":
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
    assert verified(lake) == whole(lake, tmp_path)


def test_other_code_or_rules_judge_everything_again(lake, commit, shards, judged):
    put(lake, commit, {"a": shards[0], "b": shards[1]})
    expected = verified(lake)
    everything = sum(judged)
    judged.clear()
    assert verified(lake, code="2") == expected and sum(judged) == everything > 0


def test_claims_of_shards_that_are_gone_are_not_kept(lake, commit, shards):
    put(lake, commit, {"a": shards[0], "b": shards[1]})
    verified(lake)
    verified(lake, ["a"])
    assert len(list((lake.cache_dir / "facts").glob("claims_*"))) == 1
    assert len(list((lake.cache_dir / "facts").glob("outcomes_*"))) == 1


def test_the_lake_gives_what_its_claims_give_in_memory(lake, commit, shards):
    import pyarrow as pa

    put(lake, commit, {"a": shards[0], "b": shards[1]})
    claims = pa.concat_tables([lake.read("l4_claims", shard) for shard in "ab"])
    assert verified(lake) == digests(verify_facts(claims, RULES))
