"""The selected documents of prior shards as semantic deduplication needs them: ids and vectors, no texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tierline.lake import Lake
from tierline.tables import content_id
from tierline.text.embedding import DIMENSIONS

Vectors = npt.NDArray[np.float32]


def selected_embeddings(lake: Lake, shards: Sequence[str]) -> tuple[list[str], Vectors, dict[str, str]]:
    """(doc ids, vectors of shape (n, 256), the activity's input that stands for them) of the promoted ones among these shards."""
    order = {shard: number for number, shard in enumerate(shards)}
    manifests = sorted(
        (manifest for manifest in lake.promoted("l2_selected") if manifest.shard in order), key=lambda manifest: order[manifest.shard]
    )
    ids: list[str] = []
    parts: list[Vectors] = [np.empty((0, DIMENSIONS), np.float32)]
    for manifest in manifests:
        rows = lake.read_promoted("l2_selected", manifest.shard, ["doc_id", "embedding"])[0]
        ids += rows["doc_id"].to_pylist()
        parts.append(np.array(rows["embedding"].to_pylist(), np.float32).reshape(rows.num_rows, DIMENSIONS))
    inputs = {"l2_selected/earlier": content_id("dig", *(f"{manifest.shard}={manifest.digest}" for manifest in manifests))}
    return ids, np.concatenate(parts), inputs if manifests else {}
