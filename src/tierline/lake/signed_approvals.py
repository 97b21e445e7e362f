"""Approvals of texts that people signed: which are in force, and whether manuals need one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tierline.config.environment import Environment
from tierline.proof import ROOT_KEY
from tierline.proof.lines import lines_state
from tierline.stages import WHOLE_LAKE
from tierline.tables import content_id

if TYPE_CHECKING:
    from tierline.lake.store import Lake

SUBJECT = "l4_manuals"  # a statement about l4_manuals/DOCUMENT with the sha256 of its text approves this text
INPUT = "signed_approvals"  # of activities
STATEMENTS = "statements"


@dataclass(frozen=True, slots=True)
class SignedApproval:
    """Who signed the approval of a text, when, and until which day (both YYYY-MM-DD; empty without an end)."""

    name: str
    day: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class SignedApprovals:
    """What is approved by signatures that hold, by sha256 of the text. `asked_for`: TIERLINE_ROOT_KEY is set, so that no other approval
    counts. `fault`: why none of the signatures holds, in words; empty if they can."""

    by_text: Mapping[str, SignedApproval] = field(default_factory=dict[str, SignedApproval])
    asked_for: bool = False
    fault: str = ""

    def on(self, text_sha256: str | None) -> SignedApproval | None:
        """The approval of this text, if there is one."""
        return self.by_text.get(text_sha256 or "")

    @property
    def digest(self) -> str:
        """Of everything that can change a stage's rows or decisions; empty without any."""
        if not (self.by_text or self.asked_for):
            return ""
        said = [[text, one.name, one.day, one.until] for text, one in sorted(self.by_text.items())]
        return content_id("approvals", str(self.asked_for), self.fault, *said)

    def inputs(self) -> dict[str, str]:
        """What an activity records of them: nothing where there is nothing."""
        return {f"{INPUT}/{WHOLE_LAKE}": self.digest} if self.digest else {}


def signed_approvals(lake: Lake) -> SignedApprovals:
    """Those in force today. Of several of one text the last counts. Raises OSError, LakeUnavailable."""
    root, place = Environment().get(ROOT_KEY).strip(), lake.signed_lines
    if not any(lines_state(place, STATEMENTS)):
        return SignedApprovals(asked_for=bool(root))
    from tierline.proof.attestations import attestation_lines, read_attestations
    from tierline.proof.dsse import Unproven
    from tierline.proof.registry import Registry

    registry = Registry.of(place)
    try:
        registry.refuse(root)
    except Unproven as error:
        return SignedApprovals({}, bool(root), str(error))
    found: dict[str, SignedApproval] = {}
    for one in read_attestations(attestation_lines(place), registry):
        if (
            one.purpose == "approval"
            and one.subject.startswith(f"{SUBJECT}/")
            and one.counts(lake.today())
            and set(one.digest) == {"sha256"}
        ):
            found[one.digest["sha256"]] = SignedApproval(one.name, f"{one.at:%Y-%m-%d}", one.until.isoformat() if one.until else "")
    return SignedApprovals(found, bool(root))
