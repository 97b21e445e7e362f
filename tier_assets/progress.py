"""How far a shard has come, read from the lake rather than from run history, so that any interrupted run can be taken up."""

from tierline.crawl import CrawlRegistry
from tierline.errors import NotPromoted, NotWritten
from tierline.lake import Lake

STAGES = (
    "l0_raw",
    "l1_filtered",
    "l1_contamination",
    "l2_annotations",
    "l2_scores",
    "l2_selected",
    "l3_refined",
    "l4_claims",
    "l4_manuals",
    "review_queue",  # beside the path: a refusal here keeps no tier from being finished
    "l2_selection_diff",
)


def unfinished(lake: Lake, registry: CrawlRegistry, shard: str, benchmarks: dict[str, str] | None = None) -> bool:
    """True where a stage of the shard is missing, unjudged or older than what it was made from; a quarantined shard is finished.

    `benchmarks` is the input that the configured benchmark files are recorded as; None: not compared.
    """
    verdicts = {(row["stage"], row["digest"]): row["passed"] for row in lake.verdicts().to_pylist() if row["shard"] == shard}
    digests = {f"crawl_files/{shard}": registry.digest(shard)}
    digests |= benchmarks or {}
    for stage in STAGES:
        try:
            manifest = lake.manifest(stage, shard)
        except NotWritten:
            return True
        unchecked = stage == "l1_contamination" and benchmarks is not None and not benchmarks.keys() <= manifest.inputs.keys()
        stale = unchecked or any(digests.get(name, digest) != digest for name, digest in manifest.inputs.items())
        if stale or (stage, manifest.stage_digest) not in verdicts:
            return True
        digests[f"{stage}/{shard}"] = manifest.digest
        if not verdicts[stage, manifest.stage_digest] and not _waived(lake, stage, shard):
            return False
    return False


def _waived(lake: Lake, stage: str, shard: str) -> bool:
    try:
        lake.read_promoted(stage, shard, columns=[])
    except NotPromoted:
        return False
    return True
