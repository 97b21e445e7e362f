"""The job that lets a refused shard through, for people who work in the UI; `tierline waive` does the same."""

from urllib.parse import quote

import dagster as dg
import yaml
from pydantic import Field

from resources import TierStorage
from tier_assets.refusal import told
from tierline.lake import waive_refused, waivers
from tierline.stages import WHOLE_LAKE

JOB = "waive"
LOCATION = "__repository__@definitions.py"  # how the UI names the code location of workspace.yaml


class WaiverOf(dg.Config):
    """Config of the launchpad."""

    stage: str = Field(description="The stage whose gate refused the shard, such as l0_raw.")
    shard: str = Field(default=WHOLE_LAKE, description="The refused shard; `all` for a stage over the whole lake.")
    who: str = Field(description="Who takes the responsibility.")
    why: str = Field(description="The reason, for those who read the record later.")
    until: str = Field(description="The last day on which they may be read, YYYY-MM-DD: it ends at midnight UTC. now: end their waiver.")


@dg.op
def waive_rows(context: dg.OpExecutionContext, config: WaiverOf, storage: TierStorage) -> None:
    """Record the waiver: of the rows that are there now, until the end of a day."""
    given = told(waive_refused)(storage.open(), config.stage, config.shard, config.who, config.why, config.until)
    context.log.info(waivers.told(given))


@dg.job(name=JOB, description="Let a refused shard through until a day. Its gate and the stages below it run again within a minute.")
def waive() -> None:
    """One step."""
    waive_rows()


def waive_address(stage: str, shard: str) -> str:
    """The launchpad of the job in the UI, filled in but for who, why and until when. Spaces stay, at which a page can break it: a browser
    encodes them, and an address in one piece would push what stands beside it out of sight."""
    config = {"ops": {waive_rows.name: {"config": {"stage": stage, "shard": shard, "who": "", "why": "", "until": "YYYY-MM-DD"}}}}
    filled = quote(yaml.safe_dump(config, sort_keys=False), safe=" :'-")
    return f"/locations/{LOCATION}/jobs/{JOB}/playground/setup?config={filled}"
