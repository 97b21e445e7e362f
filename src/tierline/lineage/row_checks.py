"""Every check of a row and its ancestors by its name, with what it found: what `verify` does, told also where it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tierline.bases.reread import Rereader
from tierline.errors import BadInput, Damaged, TierlineError
from tierline.lake import Lake, Manifest
from tierline.lake.digest import ContentDigest
from tierline.lineage.mismatch import Checked
from tierline.lineage.prove import SignedLog
from tierline.lineage.trace import Node, trace
from tierline.lineage.verify import FROM_FILES, SPANS, file_mismatch, payload_mismatch, span_mismatch
from tierline.lineage.verify_forms import FORMS, form_mismatch
from tierline.lineage.verify_records import verify_file
from tierline.proof.heads import read_heads
from tierline.proof.merkle import is_included, leaf_hash
from tierline.stages import stage_of
from tierline.tables import TABLES

ROWS_READ = 100_000  # of the tables of a chain: more take minutes, and are left to `tierline verify`


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One check: its name, the row or shard it is of, whether it holds, and what was found. `holds` is None where nothing can be said."""

    name: str
    where: str
    holds: bool | None
    what: str


def row_checks(lake: Lake, row_id: str, of: str = "") -> list[RowCheck]:
    """Checks of a promoted row (`of` names its table, as for `trace`), its ancestors, the shards that hold them, and their commits.
    BadInput if there is no such row."""
    try:
        node = trace(lake, row_id, of)
    except Damaged as error:
        return [RowCheck("file as it was written", error.where, False, error.what)]
    nodes = list({(one.table, one.row_id): one for one in node.walk()}.values())
    found = [check for one in nodes for check in _of_row(one)]
    manifests = {(one.table, one.shard): lake.manifest(one.table, one.shard) for one in nodes}
    rows = sum(one.rows for one in manifests.values())
    for manifest in manifests.values():
        found += _of_shard(lake, manifest, rows <= ROWS_READ)
    found += _of_links(nodes, manifests)
    return found + list(_of_commits(lake, manifests.values()))


def _of_row(node: Node) -> Iterator[RowCheck]:
    """What the row says of its source or of its parent."""
    row, checked, where = node.row, Checked(), f"{node.table} {node.row_id}"
    if node.table == "l0_raw" and row["payload_sha256"] is not None:
        wrong = payload_mismatch(row, checked)
        yield _told("bytes at their address", where, wrong, f"hash to {row['payload_sha256']}", checked)
    if node.table in FROM_FILES:
        wrong = file_mismatch(node.table, row, Rereader(), checked)
        yield _told("line of its file", where, wrong, "says what the row says", checked)
    if node.table in SPANS and node.parents:
        start, end, _ = SPANS[node.table]
        wrong = span_mismatch(node.table, row, node.parents[0].row)
        yield _told("words quoted", where, wrong, f"stand at {row[start]}:{row[end]} of {node.parents[0].row_id}", checked)
    if node.table == FORMS:
        stated = {one.row_id: one.row.get("value_normal") or "" for one in node.parents}
        wrong = form_mismatch(row, stated, {row["source_id"]: row["quote"]})
        yield _told("values of the form", where, wrong, "are those of its fact", checked)


def _told(name: str, where: str, wrong: str | None, right: str, checked: Checked) -> RowCheck:
    if checked.missing_sources:
        return RowCheck(name, where, None, f"the source is gone: {next(iter(checked.missing_sources))}")
    return RowCheck(name, where, not wrong, wrong or right)


def _of_shard(lake: Lake, manifest: Manifest, is_read: bool) -> Iterator[RowCheck]:
    """The files of a table's shard, the digest of its rows, and the gate's verdict on them."""
    where = f"{manifest.table}/{manifest.shard}"
    wrong = [one.what for file in manifest.files for one in verify_file(lake.delta, manifest.table, file)]
    yield RowCheck("file as it was written", where, not wrong, "; ".join(wrong) or f"{len(manifest.files):,} with the bytes of their names")
    if is_read:
        digest = ContentDigest(TABLES[manifest.table].content)
        try:
            for batch in lake.stream(manifest):
                digest.update(batch)
            holds = digest.hexdigest() == manifest.digest
            told = f"{manifest.rows:,} rows hash to {digest.hexdigest()}" + ("" if holds else f", recorded is {manifest.digest}")
        except TierlineError as error:
            holds, told = False, error.what
        yield RowCheck("rows as they were committed", where, holds, told)
    else:
        yield RowCheck("rows as they were committed", where, None, "too many to be read here; `tierline verify` reads them")
    verdict = lake.verdict(manifest.stage, manifest.shard)
    if verdict is None or verdict["digest"] != manifest.stage_digest:
        yield RowCheck("verdict of the gate", where, False, "no gate has judged these rows")
    elif not verdict["passed"]:
        waived = lake.is_waived(manifest)
        yield RowCheck("verdict of the gate", where, waived, "refused, and let through by a waiver in force" if waived else "refused")
    else:
        yield RowCheck("verdict of the gate", where, True, f"passed at {verdict['judged_at']:%Y-%m-%d %H:%M:%S}, for these very rows")


def _of_links(nodes: list[Node], manifests: dict[tuple[str, str], Manifest]) -> Iterator[RowCheck]:
    """Whether each table was made from the rows that its parents' table holds now."""
    links = {
        (node.table, node.shard, parent.table, parent.shard)
        for node in nodes
        for parent in node.parents
        if stage_of(node.table).name != stage_of(parent.table).name
    }
    for table, shard, parent, parent_shard in sorted(links):
        recorded = manifests[table, shard].inputs.get(f"{parent}/{parent_shard}")
        holds = recorded == manifests[parent, parent_shard].digest
        told = "the rows that are there now" if holds else f"rows that hash to {recorded}, which were written again since"
        if recorded is None:
            yield RowCheck("made from", f"{table}/{shard}", None, f"its activity does not name {parent}/{parent_shard}")
        else:
            yield RowCheck("made from", f"{table}/{shard}", holds, f"{parent}/{parent_shard}: {told}")


def _of_commits(lake: Lake, manifests: Iterable[Manifest]) -> Iterator[RowCheck]:
    """Whether the commits are in the log whose root somebody signed."""
    name, folder = "commit in the signed log", lake.delta.folder
    if folder is None or not read_heads(folder):
        yield RowCheck(name, lake.root, None, "nobody has signed the log; `tierline log sign` does")
        return
    try:
        log = SignedLog(lake)
    except BadInput as error:
        yield RowCheck(name, error.where, False, error.what)
        return
    for stage, shard in dict.fromkeys((one.stage, one.shard) for one in manifests):
        try:
            proof = log.prove(stage, shard)
        except BadInput as error:
            yield RowCheck(name, f"{stage}/{shard}", None, error.what)
            continue
        path = [bytes.fromhex(step) for step in proof.path]
        holds = is_included(leaf_hash(proof.entry.encode()), proof.index, log.head.size, path, bytes.fromhex(log.head.root))
        yield RowCheck(name, f"{stage}/{shard}", holds, f"leaf {proof.index:,} of {log.head.size:,}; signed by {log.head.name}")
