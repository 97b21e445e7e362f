"""Every proposer that runs over all of L2, and the verifier of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from tierline.operations.abbreviations import EXPANSIONS, verify_expansion
from tierline.operations.case import CASE, verify_case
from tierline.operations.citations import CITATIONS, verify_citation
from tierline.operations.damage import DAMAGE, verify_damage
from tierline.operations.drops import DROPS, verify_drop
from tierline.operations.forms import FORMS, verify_form
from tierline.operations.hyphens import HYPHENS, verify_hyphen
from tierline.operations.noise import NOISE
from tierline.operations.normal import NORMAL, verify_normal
from tierline.operations.operation import Kind, Proposer, Verifier
from tierline.operations.referents import REFERENTS, verify_referent
from tierline.operations.sentences import JOINS, SPLITS, verify_join, verify_split
from tierline.operations.spacing import SPACING, verify_spacing
from tierline.operations.spelling import SPELLING, verify_spelling

PROPOSERS: tuple[Proposer, ...] = (
    DROPS, NOISE, DAMAGE, HYPHENS, SPACING, FORMS, CASE, SPELLING, SPLITS, JOINS, EXPANSIONS, REFERENTS, NORMAL, CITATIONS,
)  # fmt: skip
# Rewriting is verified where it is proposed (rewriting.py): its verdict needs the vectors of both texts.
VERIFIERS: Mapping[Kind, Verifier] = {
    Kind.DROP: verify_drop,
    Kind.DAMAGE: verify_damage,
    Kind.HYPHEN: verify_hyphen,
    Kind.SPACING: verify_spacing,
    Kind.FORM: verify_form,
    Kind.CASE: verify_case,
    Kind.SPELLING: verify_spelling,
    Kind.SPLIT: verify_split,
    Kind.JOIN: verify_join,
    Kind.EXPAND: verify_expansion,
    Kind.RESOLVE: verify_referent,
    Kind.NORMAL: verify_normal,
    Kind.CITE: verify_citation,
}
