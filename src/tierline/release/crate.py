"""The release as an RO-Crate: what its files are, who answers for them, and which stages made the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierline.lineage.crate import Author, Crate, Step
from tierline.release.figures import Figures
from tierline.release.rows import ROWS, listed_tables
from tierline.stages import BY_NAME


def crate_of(release: Mapping[str, Any], figures: Figures, author: Author | None) -> Crate:
    """The folder as a whole."""
    stated = sorted({row["statement"] for row in figures.stated_rights if row["kind"] == "license"})
    rights = "The texts are not in this folder; each is under the terms of its source. "
    rights += f"Sources state: {', '.join(stated)}; card.md counts them." if stated else "No source states any."
    words = f"{figures.tokens:,} tokens in {len(figures.phases)} training mixes: rows by id, with what they were made from."
    return Crate(release["name"], words, release["as_of"][:10], rights, author)


def steps_of(release: Mapping[str, Any]) -> Iterator[Step]:
    """The stages whose rows are listed, in graph order, each with its code versions and how many shards it ran for."""
    for table in listed_tables():
        own = [one for one in release["activities"].values() if one["stage"] == table]
        if own:
            versions = ", ".join(sorted({one["code_version"] for one in own}))
            models = sorted({one["model"]["model_id"] for one in own if one["model"]})
            words = f"Code version {versions}, {len(own)} activities" + (f", models {', '.join(models)}" if models else "")
            yield Step(
                f"Stage {table}", words, [f"{ROWS}/{parent}.parquet" for parent in BY_NAME[table].parents], [f"{ROWS}/{table}.parquet"]
            )
