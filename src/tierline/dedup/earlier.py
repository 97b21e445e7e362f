"""The promoted documents of earlier shards, as deduplication needs them, read from the lake only as far as it asks."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from tierline.dedup.resolve import NoDocuments
from tierline.document import content_id
from tierline.lake import Lake


class LakeDocuments:
    """Kept documents of the given shards, as far as they are promoted; an EarlierDocuments."""

    def __init__(self, lake: Lake, shards: Sequence[str]) -> None:
        self._lake = lake
        self._order = {shard: number for number, shard in enumerate(shards)}
        self._manifests = [manifest for manifest in lake.promoted("l1_signatures") if manifest.shard in self._order]

    @property
    def inputs(self) -> dict[str, str]:
        """One digest over all of them."""
        if not self._manifests:
            return {}
        return {"l1_signatures/earlier": content_id("dig", *(f"{manifest.shard}={manifest.digest}" for manifest in self._manifests))}

    def signatures(self) -> pa.Table:
        """Rows in the order of their shards, then of their ids."""
        if not self._manifests:
            return NoDocuments().signatures()
        parts = [
            self._lake.read_promoted("l1_signatures", manifest.shard, ["doc_id", "shard", "normal_sha256", "signature"])[0]
            for manifest in sorted(self._manifests, key=lambda manifest: self._order[manifest.shard])
        ]
        return pa.concat_tables(parts)

    def texts(self, doc_ids: Sequence[str]) -> dict[str, str]:
        """Texts by id, from the promoted files of the shards only."""
        files = self._lake.promoted_files("l1_filtered", list(self._order))
        if not doc_ids or not files:
            return {}
        with duckdb.connect() as database:
            database.register("wanted", pa.table({"doc_id": list(doc_ids)}))
            rows = database.execute("select doc_id, text from read_parquet($files) semi join wanted using (doc_id)", {"files": files})
            return dict(rows.fetchall())
