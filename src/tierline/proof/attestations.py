"""What people state besides waivers: approvals, review decisions, takedowns and releases, each signed, in one chain of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.display import is_shown
from tierline.errors import BadInput
from tierline.proof.dsse import Unproven, key_id, opened, seal
from tierline.proof.lines import Place, append_at, hash_of, lines_at
from tierline.proof.registry import Registry
from tierline.proof.statement import Digest, purpose_of, said_in, statement_of

STATEMENTS = "statements"
PURPOSES = "approval", "review", "takedown", "release"
SAYS_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement by a named person about one subject. `until`: its last day (UTC), None without an end; `fault`: why it counts for
    nothing, empty if it counts."""

    purpose: str
    subject: str
    digest: Digest
    says: str
    until: date | None
    at: datetime | None
    name: str
    fault: str = ""

    def counts(self, today: date) -> bool:
        """Whether it is proven and in force."""
        return not self.fault and (self.until is None or self.until >= today)


def attest(
    lake: Place, purpose: str, subject: str, digest: Digest, says: str, until: date | None, private: Ed25519PrivateKey
) -> Attestation:
    """Sign a statement and append it. BadInput if the key may not, or it would say nothing; OSError."""
    if purpose not in PURPOSES:
        raise BadInput("no such purpose", purpose, f"purposes are {', '.join(PURPOSES)}; `tierline waive --key` signs a waiver")
    if not is_shown(says) or len(says) > SAYS_CHARACTERS:
        raise BadInput("must say something", "says", f"give at most {SAYS_CHARACTERS:,} characters")
    if until is not None and until < datetime.now(UTC).date():
        raise BadInput("lies in the past", str(until), "give its last day")

    def make(lines: list[str]) -> str:
        registry = Registry.of(lake)
        said = {"says": says.strip(), "until": until.isoformat() if until else "", "before": hash_of(lines[-1]) if lines else ""}
        line = seal(statement_of(purpose, registry.lake, subject, digest, datetime.now(UTC), said), private)
        if fault := list(read_attestations([*lines, line], registry))[-1].fault:
            raise BadInput(f"cannot sign ({fault})", key_id(private.public_key()), "`tierline key list` lists who may")
        return line

    line = append_at(lake, STATEMENTS, make)
    lines = attestation_lines(lake)
    return list(read_attestations(lines[: lines.index(line) + 1], Registry.of(lake)))[-1]


def attestation_lines(lake: Place) -> list[str]:
    """All of them as they were signed, the oldest first. Raises OSError."""
    return lines_at(lake, STATEMENTS)


def read_attestations(lines: Sequence[str], registry: Registry, past: bool = False) -> Iterator[Attestation]:
    """What the lines state, with the fault of each that proves nothing; or proved nothing when it was signed (`past`)."""
    for number, line in enumerate(lines):
        try:
            registry.refuse()
            yield _read(line, hash_of(lines[number - 1]) if number else "", registry, past)
        except Unproven as error:
            yield Attestation("", f"statement {number}", {}, "", None, None, "", str(error))


def _read(line: str, before: str, registry: Registry, past: bool) -> Attestation:
    purpose = purpose_of(opened(line)[1])
    if purpose not in PURPOSES:
        raise Unproven("it is a statement for another purpose")
    key, statement = registry.signer(line, purpose, at_end=not past)
    try:
        name, digest = str(statement["subject"][0]["name"]), dict(statement["subject"][0]["digest"])
        at, said = said_in(statement, purpose, registry.lake, name, digest)
        if said["before"] != before:
            raise Unproven("it does not follow the statement before it")
        until = date.fromisoformat(said["until"]) if said["until"] else None
        return Attestation(purpose, name, digest, str(said["says"]), until, at, key.name)
    except Unproven:
        raise
    except (KeyError, TypeError, IndexError, ValueError):
        raise Unproven("it is no statement of Tierline") from None
