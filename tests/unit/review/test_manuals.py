"""Approval of manuals is of content: given by a reviewer, honored by the next run, lapsed with the text, and signed where that is asked."""

from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.review.conftest import ALONE
from tests.unit.review.lakes import SHARD, commit, document
from tierline.gates import judge_stage, sentence
from tierline.knowledge.manuals import CHANGED, UNSIGNED, ManualRules, VettedSource, split_manuals
from tierline.lake import Activity, Lake, standing
from tierline.lake.reviews import settlements
from tierline.lake.signed_approvals import signed_approvals
from tierline.proof import ROOT_KEY
from tierline.proof.attestations import attest
from tierline.proof.dsse import key_id
from tierline.proof.registry import register, revoke
from tierline.review.desk import Answer, Desk
from tierline.review.item import MANUAL

ADA, BO = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in (1, 2))
RULES = ManualRules((VettedSource("https://mill.example/", "keepers", "2026-01-15", "CC0"),))
LINES = [f"{number}. Turn wheel {number} slowly to the left, and wait for the water." for number in range(40)]
OLD, NEW = "\n".join(LINES), "\n".join([*LINES[:20], "20. Never turn wheel 20, whatever the water does.", *LINES[21:]])
IN_TIME, LATE = datetime(2026, 1, 15, 9, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def page(number: int, text: str, fetched_at: datetime, url: str = "https://mill.example/wheel") -> dict:
    return document(number, text) | {"url": url, "fetched_at": fetched_at}


def arrive(lake: Lake, *pages: dict, shard: str = SHARD) -> None:
    commit(lake, "l2_selected", [{name: row[name] for name in row if name != "structured_data"} for row in pages], shard=shard)


def cut(lake: Lake, shard: str = SHARD, rules: ManualRules = RULES) -> list[tuple[str, str]]:
    """The stage with its gate; who approved the sections and when."""
    documents, source = lake.read_promoted("l2_selected", shard)
    reviews, signed = settlements(lake, "l4_manuals", shard), signed_approvals(lake)
    activity = Activity.of("l4_manuals", shard, rules, {"l2": source.digest, **reviews.inputs(shard), **signed.inputs()})
    lake.commit(activity, split_manuals(documents, rules, date(2026, 4, 1), reviews, signed))
    judge_stage(lake, "l4_manuals", shard)
    rows = lake.read_promoted("l4_manuals", shard)[0].to_pylist()
    return sorted({(row["approved_by"], row["approved_on"]) for row in rows})


def rule(lake: Lake, shard: str = SHARD) -> list[str | None]:
    return lake.decisions("l4_manuals", shard)["rule"].to_pylist()


def test_an_approval_of_a_place_is_of_what_was_there_on_its_day(lake_of):
    arrive(lake_of, page(1, OLD, IN_TIME), page(2, NEW, LATE, "https://mill.example/gate"))
    assert cut(lake_of) == [("keepers", "2026-01-15")]
    assert sorted(map(str, rule(lake_of))) == ["None", CHANGED]


@pytest.mark.parametrize("moved", [False, True], ids=["in its shard", "in another shard"])
def test_a_page_that_changed_comes_first_with_what_differs_and_a_reviewer_approves_it(lake_of, moved):
    arrive(lake_of, page(1, OLD, IN_TIME))
    assert cut(lake_of) == [("keepers", "2026-01-15")]
    shard = "s2" if moved else SHARD
    arrive(lake_of, page(2, NEW, LATE), shard=shard)
    assert cut(lake_of, shard) == [] and rule(lake_of, shard) == [CHANGED]
    desk = Desk(lake_of, ALONE)
    item = desk.waiting()[0]
    assert item.kind == MANUAL and item.is_urgent and item.row_digest == page(2, NEW, LATE)["text_sha256"]
    approved, present = desk.view(item).panels
    assert approved.heading == "Approved text (keepers, 2026-01-15)"
    assert "slowly" in "".join(piece.text for piece in approved.pieces if piece.role == "del")
    assert "Never" in "".join(piece.text for piece in present.pieces if piece.role == "ins")
    assert LINES[0] not in "".join(piece.text for piece in present.pieces), "what is equal is left out"
    row = desk.answer(item, "ada", Answer("keep", "right so"))
    assert cut(lake_of, shard) == [("ada", str(row["created_at"].date()))] and rule(lake_of, shard) == ["review:keep"]
    arrive(lake_of, page(2, NEW + " Or else.", LATE), shard=shard)
    assert cut(lake_of, shard) == [] and rule(lake_of, shard) == [CHANGED], "the reviewer saw another text"
    assert Desk(lake_of, ALONE).waiting()[0].row_id == item.row_id


def test_where_signatures_are_asked_for_no_other_approval_counts_and_the_gate_says_so(lake_of, monkeypatch):
    arrive(lake_of, page(1, OLD, IN_TIME), page(2, NEW, LATE))
    root = key_id(ADA.public_key())
    for private, name, roles in ((ADA, "Ada", ["admin"]), (BO, "Bo", ["approve"])):
        register(lake_of.delta.folder, key_id(private.public_key()), name, roles, None, ADA)
    item = next(item for item in _desk_after(lake_of).waiting() if item.row_id == "doc_0002")
    _desk_after(lake_of).answer(item, "ada", Answer("keep"))
    assert len(cut(lake_of)) == 2
    monkeypatch.setenv(ROOT_KEY, root)
    assert cut(lake_of) == [] and rule(lake_of) == [UNSIGNED, UNSIGNED]
    said = sentence(standing(lake_of, "l4_manuals", SHARD))
    assert "2 approvals are not honored: no registered key has signed them, which TIERLINE_ROOT_KEY asks for" in said and "\n" not in said
    text = page(1, OLD, IN_TIME)["text_sha256"]
    attest(lake_of.delta.folder, "approval", "l4_manuals/doc_0001", {"sha256": text}, "read it", date(2999, 1, 1), BO)
    ((name, _),) = cut(lake_of)
    assert name == "Bo" and rule(lake_of).count(UNSIGNED) == 1
    (waiting,) = [one for one in Desk(lake_of, ALONE).items() if UNSIGNED in one.reasons[0]]
    assert ("to sign it", "tierline attest approval l4_manuals/doc_0002 --says WORDS --key FILE") in Desk(lake_of, ALONE).view(
        waiting
    ).facts
    monkeypatch.setenv(ROOT_KEY, key_id(BO.public_key()))
    assert cut(lake_of) == [], "the registered keys descend from another first key"
    monkeypatch.setenv(ROOT_KEY, root)
    revoke(lake_of.delta.folder, key_id(BO.public_key()), "left", ADA)
    assert cut(lake_of) == []


def test_a_signature_that_is_over_or_of_another_text_approves_nothing(lake_of, monkeypatch):
    arrive(lake_of, page(1, OLD, IN_TIME))
    monkeypatch.setenv(ROOT_KEY, key_id(ADA.public_key()))
    register(lake_of.delta.folder, key_id(ADA.public_key()), "Ada", ["admin", "approve"], None, ADA)
    text, until = page(1, OLD, IN_TIME)["text_sha256"], date(2998, 12, 31)
    attest(lake_of.delta.folder, "approval", "l4_manuals/doc_0001", {"sha256": "a" * 64}, "another text", None, ADA)
    attest(lake_of.delta.folder, "approval", "l1_filtered/doc_0001", {"sha256": text}, "another subject", None, ADA)
    assert cut(lake_of) == []
    attest(lake_of.delta.folder, "approval", "l4_manuals/doc_0001", {"sha256": text}, "read it", until, ADA)
    before = signed_approvals(lake_of)
    assert before.on(text).until == "2998-12-31" and len(cut(lake_of)) == 1
    monkeypatch.setattr(Lake, "today", lambda _: date(2999, 1, 1))
    after = signed_approvals(lake_of)
    assert after.on(text) is None and after.digest != before.digest, "its end makes the manuals out of date"


@pytest.fixture
def lake_of(tmp_path, monkeypatch) -> Lake:
    monkeypatch.delenv(ROOT_KEY, raising=False)
    return Lake(str(tmp_path / "lake"))


def _desk_after(lake: Lake) -> Desk:
    cut(lake)
    return Desk(lake, ALONE)
