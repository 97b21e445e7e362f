"""A small lake on which takedowns are tried: a domain whose pages reach every tier and mix, beside others, in two shards."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from examples.features import FEATURES
from examples.towns import TOWNS
from ingest import ingest
from tests.flow.test_refresh import environment, write_recipe
from tierline.config.bundled import folder
from tierline.lake import Lake
from tierline.lake.reviews import Review, record_reviews
from tierline.mixes import MixRecipe, export_mix
from tierline.proof.dsse import key_id
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.tables.records import CALLS

DOMAIN = "harborlight.example"  # the recipe's vetted documentation
TAKEN, SECOND, THIRD = "docs.harborlight.example/manual", "second.example", "third.example"
SECRET = "Only this page tells of the blue lantern that nobody else has ever seen hanging there"
NAMES = sorted(FEATURES)
FEW = TOWNS[:6]


def town_page(site: str, number: int, says: str) -> dict[str, str]:
    """A page of a site that states when a town was founded, in two paragraphs of its own; L3 joins a word that is cut."""
    town, step = FEW[number], (TAKEN, SECOND, THIRD).index(site) * len(FEW) * 2
    paragraphs = [FEATURES[NAMES[(step + 2 * number + offset) % len(NAMES)]] for offset in (0, 1)]
    lead = f"{town.name} was founded in {town.founded}. {says}"
    last = f"Boats with {step + number + 1} lamps come to the har-\nbour; the harbour of {town.name} is told of on {site}."
    return {"url": f"https://{site}/{number}", "title": town.name, "text": "\n\n".join([lead, *paragraphs, last])}


def write_crawl(place: Path) -> None:
    """`mixed` holds the domain beside a site that states the same facts, `other` a third site that states three of them."""
    place.mkdir(parents=True)
    taken = [town_page(TAKEN, number, f"{SECRET} for {number + 3} winters.") for number in range(len(FEW))]
    second = [town_page(SECOND, number, "It is a quiet place by the water.") for number in range(len(FEW))]
    third = [town_page(THIRD, number, "Many people go there in the spring.") for number in range(3)]
    write_lines(place / "mixed.jsonl", [*taken, *second])
    write_lines(place / "other.jsonl", third)


def write_lines(file: Path, rows: list[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def leave_traces(home: Path) -> None:
    """What no stage writes again: an export, calls of a model about two pages, what a person said of two, and a torn line of a journal."""
    lake = Lake(str(home / "lake"))
    export_mix(lake, MixRecipe.load(folder("recipes") / "mixes" / "pretrain.yaml"), home / "mixes")
    rows = sorted(rows_of(lake, "l1_filtered"), key=lambda row: row["url"])
    first, last = rows[0], rows[-1]
    assert SECRET in first["text"] and SECRET not in last["text"]
    for number, row in enumerate((first, last)):
        text = {"request": json.dumps({"prompt": row["text"]}), "response": json.dumps({"text": row["text"][:80]})}
        call = {"call_id": f"call_{number}", "shard": row["shard"], "state": "ok", "called_at": datetime.now(UTC), **text}
        lake.delta.append("llm_calls", pa.Table.from_pylist([call], schema=CALLS), ["shard"])
        said = {"reviewer": "Bo", "verdict": "comment", "comment": f"It says {row['text'][:200]}"}
        record_reviews(lake, [Review("l2_selected", row["shard"], "document", row["doc_id"], row["text_sha256"], **said)])
    lake.journals.mkdir(exist_ok=True)
    (lake.journals / "s.jsonl.damaged").write_text(json.dumps({"request": first["text"]}))


def make_lake(home: Path, patch) -> None:
    """Brings the crawl through every tier, exports the mixes, and admits a key that may sign takedowns (`key.pem`)."""
    write_crawl(home / "crawl")
    write_recipe(home / "tiers.yaml")
    environment(patch, home)
    patch.setenv("TIERLINE_EXPORTS", str(home / "mixes"))
    outcomes = ingest(str(home / "crawl"), shard_bytes=1_000)
    assert [outcome.failed for outcome in outcomes] == [""] * len(outcomes), [str(outcome) for outcome in outcomes]
    private = new_key(home / "key.pem", "", home / "lake")
    leave_traces(home)
    register(home / "lake", key_id(private.public_key()), "Ada", ["admin", "takedown"], None, private)


def copy_of(made: Path, target: Path, patch) -> Path:
    """A copy of everything but the crawl files, which stay where they are registered."""
    shutil.copytree(made, target, ignore=shutil.ignore_patterns("crawl"))
    environment(patch, target)
    patch.setenv("TIERLINE_EXPORTS", str(target / "mixes"))
    return target


def rows_of(lake: Lake, table: str) -> list[dict]:
    return [row for manifest in lake.promoted(table) for row in lake.read_manifest(manifest).to_pylist()]
