"""What one pool, domain or form brings: the arms that lack it, at a budget of their own, and what allocation reads of them."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_session import TINY
from tierline.derived.form import Kind
from tierline.errors import BadInput
from tierline.forms.rules import KINDS
from tierline.tables import TABLES
from tierline.training import registration
from tierline.training.arms import Rates, at, families, make_plan, shared_steps
from tierline.training.attribution import attribute, attribution_metrics, attribution_table, weigh
from tierline.training.corpus import part_corpus
from tierline.training.evidence import DOMAIN, FILE, FORM, HARMS, HELPS, POOL, UNDECIDED, Effect, Evidence, read_evidence, verdict
from tierline.training.forms import FORMS, form_of_rows, forms_of, kind_of
from tierline.training.left_out import RightAnswers, affordable, arms_of, left_out, reduced, rows_left_out
from tierline.training.metric import make_metric
from tierline.training.model import Decoder
from tierline.training.prepare import prepare
from tierline.training.questions import Question
from tierline.training.registration import digest_of, fixed
from tierline.training.rows import REGISTRATION, seen_at
from tierline.training.session import Session
from tierline.training.statistics import Interval
from tierline.training.token_values import measured_token_values

ROWS = made_rows(100)
PREPARED = prepare(ROWS, TINY, None)
KINDS_OF_ROWS = {f"e{n}": ("edit", "cloze", "date")[n % 3] for n in range(100)} | {f"s{n}": ("card", "section")[n % 2] for n in range(100)}
MASKS = rows_left_out(PREPARED, KINDS_OF_ROWS)
LACKING = left_out(PREPARED, MASKS)
ARMS = {one.arm.name: one.arm for one in LACKING}


def test_every_kind_of_a_table_is_of_a_form():
    for table, kinds in (("l3_derived", Kind), ("l4_forms", KINDS), ("l3_refined", ("edit", "qa"))):
        for kind in kinds:
            assert [name for name in forms_of(kind, str(TABLES[table].tier)) if FORMS[name].table == table and name != "derived"], kind
    assert {kind_of("l4_facts", None), kind_of("l4_manuals", None)} == {"fact", "section"} and kind_of("l1_filtered", None) is None
    assert forms_of("comparison", "L3") == ["comparisons", "derived"] and forms_of("comparison", "L4") == ["overviews"]


@pytest.mark.parametrize(
    ("table", "kinds", "known", "found"),
    [
        ("l3_derived", (), ("cloze", "lists", "derived"), "derived"),
        ("l3_derived", ("cloze", "list"), ("cloze", "lists", "derived"), "derived"),
        ("l3_derived", ("cloze",), ("cloze", "lists"), "cloze"),
        ("l3_derived", (), ("cloze", "lists"), None),
        ("l3_refined", (), ("edits", "cloze"), "edits"),
        ("l4_forms", ("question", "two_hop"), ("answers", "overviews"), "answers"),
        ("l2_selected", (), ("edits",), None),
    ],
)
def test_the_form_of_a_mixs_source(table, kinds, known, found):
    assert form_of_rows(table, kinds, known) == found


def test_domains_and_forms_that_are_large_enough_are_left_out():
    assert {(one.kind, one.name) for one in LACKING} == {
        *((POOL, pool) for pool in TINY.phases.decay),
        *((DOMAIN, domain) for domain in ("web", "textbooks")),
        *((FORM, form) for form in ("edits", "cloze", "questions", "derived", "overviews", "manuals")),
    }
    few = KINDS_OF_ROWS | {"e1": "tutoring"}
    assert "dialogues" not in rows_left_out(PREPARED, few) and not [
        one for one in left_out(PREPARED, rows_left_out(PREPARED, {})) if one.kind == FORM
    ]


def test_an_arm_reads_nothing_of_what_it_lacks():
    recipe = replace(TINY, tokens=16 * 4 * 10)
    pools = reduced(replace(PREPARED, recipe=recipe), MASKS).pools(0)
    for one in (one for one in LACKING if one.kind != POOL):
        plan = make_plan(one.arm, 0, pools, recipe, Rates())
        seen = {pools.row_at(int(number), offset) for number in plan.batches.ravel() for offset in range(0, 16, 5)}
        tiers = {"best": "L2", "flat": "L1", "dealt": "L1"}
        lacked = {(tier, row) for tier, row, out in zip(PREPARED.rows.tiers, PREPARED.rows.ids, MASKS[one.name], strict=True) if out}
        read = {(tiers.get(pool.partition("-")[0], pool.partition("-")[0]), row) for pool, row in seen}
        assert read and not read & lacked, one.name
        assert any("-" in pool for pool, _ in seen)


def test_arms_that_differ_in_their_decay_share_the_trunk():
    pools = reduced(PREPARED, MASKS).pools(0)
    arms = arms_of(TINY, LACKING)
    own = next(family for family in families(arms) if family[0].trunk == "tier")
    plans = [make_plan(arm, 0, pools, TINY, Rates()) for arm in own]
    assert own[0].name == at("tier", 0.6) and {one.name for one in own[1:]} == set(ARMS)
    for arm, plan in zip(own[1:], plans[1:], strict=True):
        assert shared_steps(plans[0], plan) >= 8 if arm.name not in ("without_web", "without_textbooks") else True


def test_the_budget_follows_from_seconds_seeds_and_speed():
    recipe = replace(TINY, tokens=10_000_000)
    shares = (1 + 0.3 * 1.8 + 3 * 0.18) + (0.6 + (3 + 6) * 0.18) + 2 * 0.6
    found = affordable(recipe, LACKING, 3, 600, 40_000)
    assert found == pytest.approx(0.7 * 600 * 40_000 / (3 * shares), abs=4_096)
    assert affordable(recipe, LACKING, 3, 6_000_000, 40_000) == recipe.tokens
    assert affordable(recipe, left_out(PREPARED, rows_left_out(PREPARED, {})), 3, 600, 40_000) > found


def test_right_answers_have_the_bits_that_the_metric_gives_them():
    asked = [Question("set", f"what does hammer {n} do", ("rings", "sleeps by the river", "iron"), n % 3) for n in range(7)]
    metric = make_metric(
        part_corpus(ROWS, TINY), PREPARED.tokenizer, TINY.model.context, replace(TINY.measuring, overlap_max=1.0), asked, []
    )
    torch.manual_seed(0)
    model = Decoder(TINY.model)
    whole, lean = metric.measure(model, PREPARED.tokenizer), RightAnswers.of(metric).measure(model, PREPARED.tokenizer)
    assert lean["bits"]["answers"] == pytest.approx(whole["bits"]["answers"]) and lean["bits"]["works"] == whole["bits"]["works"]
    assert set(lean["scores"]) == {name for name in whole["scores"] if not name.startswith("accuracy:") and name != "following"}
    assert RightAnswers.of(metric).bytes_of_units == metric.bytes_of_units


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    session = Session(PREPARED, tmp_path_factory.mktemp("experiment"))
    own = fixed(PREPARED, Rates({"flat": 0.02, "tier": 0.01}, 0.05)) | {"pilot": {"tokens_per_second": 50_000.0}}
    (session.folder / registration.FILE).write_text(json.dumps({"digest": digest_of(own), "registered": own}))
    return session


def test_attribution_is_a_second_command_that_allocation_reads(session, monkeypatch):
    found = attribute(session, KINDS_OF_ROWS, seeds=2, seconds=1e-6)
    assert found.tokens == TINY.tokens and found == read_evidence(session.folder)
    assert {one.name for one in found.effects if one.kind == "alone"} == {"best", "L3", "L4"} and set(found.effects[0].parts) == {
        "works",
        "web:web",
    }
    assert {"L3", "L4", "cloze", "manuals"} <= set(found.token_values) and all(own.low >= 0 for own in found.token_values.values())
    assert all(verdict(one.knowledge) == UNDECIDED and one.web for one in found.effects) and not measured_token_values(
        session.folder
    )  # two seeds
    assert len(attribution_table(found).rows) == len(found.effects)
    metrics = attribution_metrics(found)
    assert metrics["form_cloze_K_lo"] <= metrics["form_cloze_K"] <= metrics["form_cloze_K_hi"] and metrics["seeds"] == 2
    assert seen_at(session.folder / "attribution", "without_L3", 1, 5).arm == "without_L3"
    monkeypatch.setattr("tierline.training.experiment.train", lambda *_, **__: pytest.fail("trained again"))
    assert attribute(session, KINDS_OF_ROWS, seeds=2, seconds=1e-6) == found


def test_another_corpus_and_too_few_seeds_are_refused(session, tmp_path):
    fewer = prepare(ROWS.slice(0, ROWS.num_rows - 2), TINY, None)
    with pytest.raises(BadInput, match="corpus: is not the registered one"):
        attribute(Session(fewer, session.folder), {})
    with pytest.raises(BadInput, match="1 seeds; 2 to 2, of the registered ones"):
        attribute(session, {}, seeds=1)
    with pytest.raises(BadInput, match="no registration"):
        attribute(Session(PREPARED, tmp_path), {})
    with pytest.raises(BadInput, match="holds no attribution of a training experiment"):
        read_evidence(tmp_path)


def test_an_effect_that_is_planted_is_found_and_valued():
    sizes = {"works": [100.0] * 40, "web:web": [100.0] * 40}
    draw = np.random.default_rng(0)
    texts = draw.normal(0, 4, 40)
    bits = {"flat_100": 200.0, "flat_80": 204.0, "flat_60": 210.0, "flat_40": 222.0, "only_best": 210.0, "only_L3": 210.0, "only_L4": 204.0}
    bits |= {"tier_60": 204.0} | dict.fromkeys(ARMS, 204.0) | {"without_manuals": 207.0, "without_overviews": 202.0}
    runs = []
    for seed in range(5):
        for arm, level in bits.items():
            own = level + texts + draw.normal(0, 0.05)
            runs.append({"arm": arm, "seed": seed, "bits": {"works": own.tolist(), "web:web": (own + 50).tolist()}})
    found = weigh(runs, sizes, LACKING, replace(TINY, seeds=5), "x")
    manuals, cloze = found.effect("manuals", FORM), found.effect("cloze", FORM)
    assert verdict(manuals.knowledge) == HELPS and manuals.knowledge.value == pytest.approx(0.03, abs=0.005)
    assert verdict(found.effect("overviews", FORM).knowledge) == HARMS
    assert abs(cloze.knowledge.value) < 0.002
    chosen = 0.6 * 0.3 * 0.7
    assert found.token_values["L4"].value == pytest.approx(1 + 0.2 / chosen, rel=0.1)  # as flat with 80%
    assert found.token_values["manuals"].value > found.token_values["L4"].value > found.token_values["overviews"].value
    assert found.token_values["L3"].low < 1 < found.token_values["L3"].high


def test_only_values_that_the_interval_tells_from_one_are_taken(tmp_path):
    values = {"L3": Interval(1.4, 1.1, 1.7, 5), "L4": Interval(1.4, 0.9, 1.7, 5), "cloze": Interval(2.0, 1.5, 2.5, 4)}
    evidence = Evidence("x" * 64, 1, 5, (Effect("L3", POOL, 0.3, Interval(0.1, 0.05, 0.2, 5)),), values)
    (tmp_path / FILE).write_text(json.dumps(asdict(evidence)))
    assert measured_token_values(tmp_path) == ["L3=1.4"] and read_evidence(tmp_path) == evidence
    (tmp_path / REGISTRATION).write_text(json.dumps({"digest": "y" * 64, "registered": {}}))
    with pytest.raises(BadInput, match="is of another registration than the one beside it"):
        read_evidence(tmp_path)
    (tmp_path / REGISTRATION).write_text(json.dumps({"digest": "x" * 64, "registered": {}}))
    assert read_evidence(tmp_path) == evidence
