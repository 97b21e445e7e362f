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
    """Models trained on the three mixes and on flat data: losses, scores with intervals, compute saved, what each tier adds."""
    rows = corpus_of_lake(storage.open())
    findings = training.compare(rows, lambda done, whole: context.log.info(f"{done} of {whole} runs"))
    return dg.MaterializeResult(metadata=_describe(findings, training))


def _describe(findings, training: TrainingRuns) -> dict[str, object]:
    from tierline.display import markdown_table
    from tierline.training.findings import first_line, metrics_of, ratio_text
    from tierline.training.report import attribution_table, domain_table, paper_table

    picture = base64.b64encode(training.page.with_suffix(".png").read_bytes()).decode()
    measured = {name: value for name, value in metrics_of(findings).items() if value is not None}
    numbers = {name: rounded(value) for name, value in measured.items() if not name.startswith(("mde", "delta"))}
    return numbers | {
        "finding": first_line(findings),
        "compute": ratio_text(findings),
        "curves": dg.MetadataValue.md(f"![losses, scores, budgets and domains](data:image/png;base64,{picture})"),
        "flat_and_tiered": dg.MetadataValue.md(markdown_table(paper_table(findings))),
        "domains": dg.MetadataValue.md(markdown_table(domain_table(findings))),
        "attribution": dg.MetadataValue.md(markdown_table(attribution_table(findings))),
        "report": dg.MetadataValue.path(str(training.page)),
        "experiment": findings.outcome.before["experiment"],
    }
