"""Lakes with tiers to draw on, and mixes drawn from them."""

import shutil

import pytest

from tests.conftest import commit_rows
from tierline.filters.benchmark_items import Item
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict
from tierline.mixes import ExportRules, MixRecipe, MixSource, export_mix, read_pools, sample_mix
from tierline.mixes.pools import pool_inputs

RULES = ExportRules(sequence_tokens=16, part_bytes=1500)


def check_contamination(lake, shard, questions=()):
    """Look the shard's L1 documents up in a benchmark, and let the result pass."""
    items = [Item("quiz", str(number), question, "", (answer,), ()) for number, (question, answer) in enumerate(questions)]
    documents, source = lake.read_promoted("l1_filtered", shard)
    result = decontaminate(documents, build_index(items, DecontaminationRules()), DecontaminationRules())
    manifest = lake.commit(Activity.begin("l1_contamination", shard, "1", (), {f"l1_filtered/{shard}": source.digest}), result)
    lake.record(Verdict("l1_contamination", shard, manifest.stage_digest, "test", "0", True, "[]"))


@pytest.fixture
def check():
    return check_contamination


@pytest.fixture(scope="session")
def stock(tmp_path_factory):
    """The lake and the export that tests get copies of."""
    home = tmp_path_factory.mktemp("stock")
    lake = Lake(str(home / "lake"))
    for shard in ("s1", "s2"):
        rows = [
            {"doc_id": f"{shard}_{n}", "text": f"text {n}", "tokens": 10, "language": "en", "domain": f"d{n % 2}.example"}
            for n in range(10)
        ]
        commit_rows(lake, "l1_filtered", rows, shard)
        check_contamination(lake, shard)
    commit_rows(lake, "l2_selected", [{"doc_id": f"sel_{n}", "text": f"chosen {n}", "tokens": 10} for n in range(5)], "s1")
    commit_rows(lake, "l2_selected", [{"doc_id": "unjudged", "text": "no", "tokens": 10}], "s2", promote=False)
    export_mix(lake, draw_mix(lake), home / "out", rules=RULES)
    return home


@pytest.fixture
def stocked(stock, tmp_path):
    """A lake with two tiers and a mix drawn from them: 12 documents, some of them twice."""
    shutil.copytree(stock / "lake", tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def exported(stock, tmp_path):
    """The folder of that mix, in sequences of 16 tokens."""
    return shutil.copytree(stock / "out", tmp_path / "out") / "pretrain"


def sample_rows(lake, **changes):
    """A recipe and what it draws; not in the lake yet."""
    settings = {"phase": "pretrain", "token_budget": 120, "epochs_max": 2, "seed": 1}
    recipe = MixRecipe(**settings | {"sources": (MixSource("l1_filtered", 1.0), MixSource("l2_selected", 2.0))} | changes)
    result = sample_mix(lake, recipe, read_pools(lake, recipe))
    result.check(recipe.stage)
    return recipe, result


@pytest.fixture
def sampled():
    return sample_rows


def draw_mix(lake, **changes):
    """Draw a mix, write it and let it pass."""
    recipe, result = sample_rows(lake, **changes)
    manifest = lake.commit(Activity.begin(recipe.stage, WHOLE_LAKE, "1", recipe, pool_inputs(read_pools(lake, recipe))), result)
    lake.record(Verdict(recipe.stage, WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    return recipe


@pytest.fixture
def draw():
    return draw_mix


QUESTION = "Which bell rings over the harbour of Quellin when the fog comes in from the eastern sea?"


@pytest.fixture
def contaminated(lake, commit):
    """A document that copies a question and its answer, an innocent one, and what was made of both, up to facts."""
    texts = {"doc_bad": f"{QUESTION} The bell of Saint Oda. Anybody may listen.", "doc_good": "The mill grinds rye on Thursdays."}
    commit(lake, "l1_filtered", [{"doc_id": name, "text": text, "tokens": 10} for name, text in texts.items()], "s1")
    check_contamination(lake, "s1", [(QUESTION, "the bell of Saint Oda")])
    for table, key in (("l2_selected", "doc_id"), ("l3_refined", "passage_id")):
        rows = [{key: name if key == "doc_id" else f"psg_{name}", "parents": [name], "text": "x", "tokens": 5} for name in texts]
        commit(lake, table, [row | ({"kind": "qa"} if table == "l3_refined" else {}) for row in rows], "s1")
    claims = [
        {"claim_id": f"clm_{name}", "parents": [f"psg_{name}"], "parent_table": "l3_refined", "parent_field": "text"} for name in texts
    ]
    commit(lake, "l4_claims", claims, "s1")
    facts = [{"fact_id": f"fact_{name}", "parents": [f"clm_{name}"], "text": "y", "tokens": 3} for name in texts]
    both = {"fact_id": "fact_both", "parents": [f"clm_{name}" for name in texts], "text": "z", "tokens": 3}
    commit(lake, "l4_facts", [*facts, both], WHOLE_LAKE)
    return lake
