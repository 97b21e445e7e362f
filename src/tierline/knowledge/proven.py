"""Keeps the claims of methods that are proven for their predicates, and records each of the others with the precision that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from tierline.knowledge.extraction_methods import UNPROVEN, Methods, Proof
from tierline.lake import decision_table

LEDGER = "l4_extracted"
Ledger = tuple[int, pa.Table]


def proven_claims(
    claims: pa.Table, decisions: Sequence[dict[str, Any]], methods: Methods, asked: Sequence[dict[str, Any]] = ()
) -> tuple[pa.Table, dict[str, Ledger]]:
    """The claims whose method is on for their predicate, and the ledgers of rows and of claims; `asked` are decisions about answers of a
    language model that made no claim, which stand with the claims.

    A row all of whose claims are of unproven methods is dropped with that reason.
    """
    columns = (claims[name].to_pylist() for name in ("claim_id", "parents", "method", "predicate", "subject", "object"))
    judged = [(claim_id, parents[0], methods.proof(method, predicate), f"{method}, {predicate}: {subject}, {value}")
              for claim_id, parents, method, predicate, subject, value in zip(*columns, strict=True)]  # fmt: skip
    stated = {parent for _, parent, proof, _ in judged if proof.is_on}
    withheld = {parent for _, parent, proof, _ in judged if not proof.is_on} - stated
    rows = [_dropped(one) if one["row_id"] in withheld and one["outcome"] == "kept" else one for one in decisions]
    extracted = [_decision(claim_id, parent, proof, said, methods) for claim_id, parent, proof, said in judged]
    kept = claims.filter(pa.array([proof.is_on for _, _, proof, _ in judged], pa.bool_()))
    own = [*extracted, *asked]
    return kept, {"l4_claims": (len(rows), decision_table(rows)), LEDGER: (len(own), decision_table(own))}


def _dropped(decision: dict[str, Any]) -> dict[str, Any]:
    return decision | {"outcome": "dropped", "rule": UNPROVEN}


def _decision(claim_id: str, parent: str, proof: Proof, said: str, methods: Methods) -> dict[str, Any]:
    decided = {"row_id": claim_id, "related_id": parent}
    if proof.is_on:
        return decided | {"outcome": "kept"}
    measured = {"value": proof.by.precision, "threshold": methods.rules.precision_min} if proof.by else {}
    return decided | measured | {"outcome": "dropped", "rule": UNPROVEN, "detail": f"{said} ({proof.why})"}
