"""What rests on a source: rows of every tier, facts that would fall or stand, mixes, exports, training runs; as text and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tierline.audit.falling import FactsAfter, facts_after
from tierline.audit.uses import Experiment, Export, Student, experiments_of, exports_of, students_of
from tierline.descent.selection import Selection
from tierline.descent.walk import Count, walk
from tierline.display import one_line, printable
from tierline.lake import Lake
from tierline.pages import render_page
from tierline.stages import BY_NAME, stage_of
from tierline.tables import TABLES

LISTED = 20  # facts that the text names; the page and JSON name more
PAGE_LISTED = 500
TEXT_CHARACTERS = 110
SECTIONS = ("Tiers", "Facts", "Mixes", "Beside the tiers", "Exports", "Training")


@dataclass(frozen=True, slots=True)
class Impact:
    """Everything that rests on a selection. `counts` are in graph order; `facts` is None where no fact does."""

    selection: Selection
    counts: tuple[Count, ...]
    facts: FactsAfter | None
    exports: tuple[Export, ...]
    experiments: tuple[Experiment, ...]
    students: tuple[Student, ...]


def impact(lake: Lake, selection: Selection, exports: Path | None = None, training: Path | None = None) -> Impact:
    """What descends from the selection in the lake, in the mixes exported to a folder and in the experiments of another one. BadInput if
    it selects nothing; LakeUnavailable; Damaged."""
    with walk(lake, selection) as reach:
        return Impact(
            selection,
            tuple(reach.counts()),
            facts_after(lake, reach),
            tuple(exports_of(reach, exports) if exports else ()),
            tuple(experiments_of(reach, training) if training else ()),
            tuple(students_of(lake, reach)),
        )


def impact_data(found: Impact) -> dict[str, Any]:
    """The whole report, for programs."""
    facts = found.facts
    said = asdict(facts) | {"falling": facts.falling, "standing": len(facts.facts) - facts.falling} if facts else None
    return {
        "selection": asdict(found.selection),
        "tables": [asdict(count) | {"tier": TABLES[count.table].tier} for count in found.counts],
        "facts": said,
        "exports": [asdict(one) for one in found.exports],
        "experiments": [asdict(one) for one in found.experiments],
        "students": [asdict(one) for one in found.students],
    }


def impact_text(found: Impact) -> str:
    """A tree in ASCII: a branch for each kind of use. Nothing in it steers a terminal."""
    lines = [title(found)]
    parts = sections(found, LISTED)
    for number, (heading, items) in enumerate(parts, 1):
        last = number == len(parts)
        lines.append(f"{'`- ' if last else '|- '}{heading}")
        lines += [f"{'   ' if last else '|  '}{'`- ' if item is items[-1] else '|- '}{item}" for item in items]
    return "\n".join(lines)


def impact_html(found: Impact) -> str:
    """One self-contained page: for a screen, a phone and paper."""
    values = {"title": title(found), "counts": parted(found.counts), "facts": found.facts, "listed": PAGE_LISTED, "tables": TABLES}
    return render_page("tierline.audit", "impact.html.jinja", **values, found=found)


def title(found: Impact) -> str:
    """What was asked, in one line."""
    return f"{found.selection.kind} {one_line(found.selection.value, TEXT_CHARACTERS)}"


def parted(counts: Sequence[Count]) -> dict[str, list[Count]]:
    """The counts of the tiers' own tables, of the mixes, and of all others."""
    parts: dict[str, list[Count]] = {"Tiers": [], "Mixes": [], "Beside the tiers": []}
    for count in counts:
        is_mix = stage_of(count.table).phase is not None
        parts["Mixes" if is_mix else "Tiers" if TABLES[count.table].tier and count.table in BY_NAME else "Beside the tiers"].append(count)
    return {name: own for name, own in parts.items() if own}


def sections(found: Impact, listed: int) -> list[tuple[str, list[str]]]:
    """(heading, lines) of what there is."""
    parts = {name: [_count(count) for count in own] for name, own in parted(found.counts).items()}
    if found.facts:
        parts["Facts"] = list(_facts(found.facts, listed))
    parts["Exports"] = [
        f"{printable(one.folder)}  {one.phase} {one.digest[:12]}: {one.documents:,} documents, {one.tokens:,} tokens; in "
        f"{one.sequences:,} packed sequences of {', '.join(one.packed_files) or 'none'}"
        for one in found.exports
    ]
    parts["Training"] = [
        f"{printable(one.folder)}  {one.rows:,} rows, {one.tokens:,} tokens; runs {', '.join(map(printable, one.runs)) or 'none'}; "
        f"checkpoints {', '.join(map(printable, one.checkpoints)) or 'none'}"
        for one in found.experiments
    ] + [f"{one.student_id}  learned from {one.annotations:,} annotations of them" for one in found.students]
    return [(name, parts[name]) for name in SECTIONS if parts.get(name)]


def _count(count: Count) -> str:
    tier = TABLES[count.table].tier
    tokens = f", {count.tokens:,} tokens" if "tokens" in TABLES[count.table].fields else ""
    shards = f" in {len(count.shards)} shard{'s' if len(count.shards) > 1 else ''}"
    refused = f", {count.rows - count.promoted:,} not promoted" if count.promoted < count.rows else ""
    return f"{f'{tier} ' if tier else ''}{count.table}: {count.rows:,} rows{tokens}{shards}{refused}"


def _facts(facts: FactsAfter, listed: int) -> Iterator[str]:
    yield f"{facts.falling:,} would fall, {len(facts.facts) - facts.falling:,} would stand; {facts.judged}, {facts.needed} sources needed"
    for fact in facts.facts[:listed]:
        left = f"{fact.sources_left} of {fact.sources} sources left"
        yield f"{'stands' if fact.stands else 'falls '} {fact.fact_id}  {one_line(fact.text, TEXT_CHARACTERS)}  {left}"
    if len(facts.facts) > listed:
        yield f"and {len(facts.facts) - listed:,} more; --json names all"
