"""Keeps beside the lake what verification found, and the claims as it reads them, so that one more shard costs little in a large lake.

Everything is derived from promoted tables, named by what it was made from, and read only if it is as it was written: what is missing,
damaged, or of other code is made again, and no answer depends on it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from filelock import FileLock

import tierline
from tierline.compute.workers import IN_PROCESS, Workers
from tierline.dedup.runs import UNFINISHED, Stored, opened, publish
from tierline.errors import BadInput
from tierline.knowledge.claim_rows import ClaimFiles, claim_arrays
from tierline.knowledge.facts import FactRules, verify
from tierline.knowledge.keyed_claims import keyed, keyed_statements
from tierline.knowledge.outcomes import RESULTS, SCHEMAS, Outcomes
from tierline.knowledge.row_files import RowFile, stream_of
from tierline.knowledge.stated import Stated
from tierline.knowledge.whole_sets import ROWS_PER_BATCH
from tierline.lake import Activity, Lake, Manifest, StageResult
from tierline.lake.reviews import Settlements
from tierline.tables import content_id

# What reads names and values beside this package; another version of one may read them otherwise.
_PACKAGES = ("babel", "pint", "python-stdnum", "iso3166", "iso4217", "tldextract", "numpy", "pyarrow", "tokenizers", "wordllama")
_SOURCES = "knowledge", "text", "tables"
CHUNKS_MAX = 16  # of a table of outcomes: what is new is one more, and copying all each time is dear
_OUTCOMES, _CLAIMS = "outcomes", "claims"


class FactCache:
    """A folder with one entry for each promoted shard of claims, and one with the outcomes of the last verification."""

    def __init__(self, folder: Path, activity: Activity, reviews: Settlements | None = None) -> None:
        """`activity` has the code version, rules and files that the outcomes rest on; of its inputs what `reviews` settle matters."""
        self._folder, self._reviews = folder, reviews or Settlements()
        self._code = _digest_of_code()
        self._basis = content_id("basis", self._code, activity.code_version, activity.parameters, activity.weights, self._reviews.digest)

    def verify(
        self,
        lake: Lake,
        manifests: Sequence[Manifest],
        rules: FactRules,
        before: Iterable[pa.RecordBatch] = (),
        batch: int = ROWS_PER_BATCH,
        workers: Workers = IN_PROCESS,
    ) -> StageResult:
        """`verify_facts` of these promoted tables: `l4_claims` and `l4_statements`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            for unfinished in self._folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            members = {self._name(manifest): manifest for manifest in manifests}
            read = [self._member(lake, manifest, name, workers) for name, manifest in members.items()]
            result, found = verify(Stated(read), rules, before, self._known(), batch, self._reviews, workers=workers)
            self._keep(found, members, sorted(manifest.digest for manifest in manifests))
        return result

    def _name(self, manifest: Manifest) -> str:
        return content_id(_CLAIMS, self._code, manifest.table, manifest.shard, manifest.digest)

    def _member(self, lake: Lake, manifest: Manifest, name: str, workers: Workers) -> ClaimFiles:
        found = self._opened(name)
        if found is None:
            key = keyed_statements if manifest.table == "l4_statements" else keyed
            rows = workers.map("key claims", key, lake.stream(manifest))
            publish(self._folder, name, claim_arrays(rows), {"shard": manifest.shard})
            found = self._opened(name)
        if found is None:
            raise BadInput("cannot be read back", str(self._folder / name), "check the disk and its free space")
        return ClaimFiles(found)

    def _known(self) -> Outcomes:
        for path in self._folder.glob(f"{_OUTCOMES}_*"):
            found = opened(path)
            if found and found[1].get("basis") == self._basis:
                results = {name: RowFile(found[0][name].path, schema) for name, schema in RESULTS.items()}
                return Outcomes({name: _mapped(found[0][name]) for name in SCHEMAS if name not in RESULTS}, results)
        return Outcomes.none()

    def _keep(self, found: Outcomes, members: Mapping[str, Manifest], inputs: Sequence[str]) -> None:
        """Publish outcomes, and remove those before them and the claims of shards that are no longer promoted so."""
        name = content_id(_OUTCOMES, self._basis, inputs)
        arrays = {name: file.parts() for name, file in found.results.items()}
        publish(self._folder, name, arrays | {name: _stream(table) for name, table in found.tables.items()}, {"basis": self._basis})
        for path in (*self._folder.glob(f"{_OUTCOMES}_*"), *self._folder.glob(f"{_CLAIMS}_*")):
            if path.name != name and path.name not in members:
                shutil.rmtree(path, ignore_errors=True)

    def _opened(self, name: str) -> Mapping[str, Stored] | None:
        found = opened(self._folder / name) if (self._folder / name).exists() else None
        return found[0] if found else None


def _stream(table: pa.Table) -> Iterator[npt.NDArray[np.uint8]]:
    return stream_of(table.combine_chunks() if table.column(0).num_chunks > CHUNKS_MAX else table)


def _mapped(stored: Stored) -> pa.Table:
    """Only what is used is read."""
    return pa.ipc.open_stream(pa.py_buffer(stored.mapped())).read_all()


def _digest_of_code() -> str:
    """Of all sources that read and judge claims, and the versions of what they read them with."""
    root, digest = Path(tierline.__file__).parent, sha256()
    for path in sorted(path for name in _SOURCES for path in (root / name).rglob("*.py")):
        digest.update(path.read_bytes())
    for name in _PACKAGES:
        try:
            digest.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()
