"""The three mixes as training reads them: one folder for each phase, checked against its contract before it is written."""

import json

import dagster as dg

from resources import MixExports, RecipeFile, TierStorage
from tier_assets.automation import on_changed_promoted_input
from tier_assets.mixes import mix_assets
from tier_assets.specs import report_asset
from tierline.mixes import ExportRules, MixRecipe, export_mix
from tierline.tables.tiers import Phase


def export_asset(phase: Phase, mix: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The export of one phase's mix."""

    @report_asset(
        f"{phase}_export", kinds={"huggingface", "parquet"}, deps=[mix], grain="token", automation_condition=on_changed_promoted_input
    )
    def export(storage: TierStorage, recipe: RecipeFile, exports: MixExports) -> dg.MaterializeResult:
        """Texts, packed tokens and their rows in one folder, with card, Croissant metadata and the SHA-256 of every file."""
        rules = recipe.load().rules(ExportRules)
        path = export_mix(storage.open(), MixRecipe.load(recipe.mix(phase)), exports.folder, exports.load_tokenizer(), rules)
        written = json.loads(path.read_text("utf-8"))
        columns = dg.TableSchema([dg.TableColumn("file"), dg.TableColumn("bytes", "int"), dg.TableColumn("sha256")])
        files = [dg.TableRecord({"file": name} | said) for name, said in written["files"].items()]
        metadata = {
            "folder": dg.MetadataValue.path(str(path.parent)),
            "files": dg.MetadataValue.table(files, columns),
            "card": dg.MetadataValue.md((path.parent / "README.md").read_text("utf-8").split("---\n", 2)[2]),
            **{name: written[name] for name in ("rows", "tokens", "digest", "contract", "tokenizer", "mix")},
        }
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(written["digest"]))

    return export


export_assets = [export_asset(phase, mix) for phase, mix in zip(Phase, mix_assets, strict=True)]
