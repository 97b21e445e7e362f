"""The experiment that shows whether the tiers pay, as one asset over the mixes of this lake; run on request."""

import base64

import dagster as dg

from resources import TierStorage
from resources.training import TrainingRuns
from tier_assets.metadata import rounded
from tier_assets.mixes import mix_assets
from tier_assets.specs import GPU_POOL, report_asset
from tierline.training.corpus import corpus_of_lake


@report_asset("training_report", kinds={"pytorch"}, deps=mix_assets, grain="experiment", pool=GPU_POOL)
def training_report(context: dg.AssetExecutionContext, storage: TierStorage, training: TrainingRuns) -> dg.MaterializeResult:
    """Models trained on flat data and on the tiers, as registered from a pilot: what was claimed, what was found, compute saved."""
    rows = corpus_of_lake(storage.open())
    findings = training.compare(rows, lambda done, whole: context.log.info(f"{done} of {whole} runs"))
    return dg.MaterializeResult(metadata=_describe(findings, training))


def _describe(findings, training: TrainingRuns) -> dict[str, object]:
    from tierline.display import markdown_table
    from tierline.training.findings import metrics_of
    from tierline.training.report import compute_table, first_line, gains_table, ratio_text, steps_table

    picture = base64.b64encode(training.page.with_suffix(".png").read_bytes()).decode()
    measured = {name: value for name, value in metrics_of(findings).items() if value is not None}
    numbers = {name: rounded(value) for name, value in measured.items() if not name.startswith("delta")}
    return numbers | {
        "finding": first_line(findings),
        "compute": ratio_text(findings),
        "figure": dg.MetadataValue.md(f"![gains by seed, compute, what the gain consists of, the web](data:image/png;base64,{picture})"),
        "gains": dg.MetadataValue.md(markdown_table(gains_table(findings))),
        "selection_and_order": dg.MetadataValue.md(markdown_table(steps_table(findings))),
        "budgets": dg.MetadataValue.md(markdown_table(compute_table(findings))),
        "report": dg.MetadataValue.path(str(training.page)),
        "registration": findings.registration["digest"],
    }
