"""Interactions of a model with people arrive, change or are taken away: they are read again, and mixes follow."""

import json
import time

import dagster as dg

from resources import FeedbackFiles, TierStorage
from tier_assets.jobs import build_shared
from tierline.errors import TierlineError
from tierline.freshness.settings import FEEDBACK_FILES, feedback_inputs
from tierline.stages import WHOLE_LAKE
from tierline.tables import content_id

LOOK_SECONDS = 30
QUIET_SECONDS = 10  # since a file was last written to: one that is still being written is left alone


@dg.sensor(name="feedback", job=build_shared, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def feedback_arrival(context: dg.SensorEvaluationContext, storage: TierStorage, feedback: FeedbackFiles) -> dg.SensorResult | dg.SkipReason:
    """Requests `l3_feedback` for files that differ from those it was made of; mixes follow by the sensor `promotion_change`."""
    try:
        lake = storage.open()
        if lake.activity("l4_facts", WHOLE_LAKE) is None:
            return dg.SkipReason("waiting for facts, which corrections are checked against: the first crawl makes them")
        writing = [path.name for path in feedback.find() if time.time() - path.stat().st_mtime < QUIET_SECONDS]
        if writing:
            return dg.SkipReason(f"being written: {', '.join(writing[:5])}")
        found = feedback_inputs(feedback.folder)[FEEDBACK_FILES]
        recorded = lake.activity("l3_feedback", WHOLE_LAKE)
    except (TierlineError, OSError) as error:
        return dg.SkipReason(str(error))
    if found == (json.loads(recorded["inputs"]).get(FEEDBACK_FILES, "") if recorded else ""):
        return dg.SkipReason("nothing new")
    now = content_id("feedback", found, recorded["activity_id"] if recorded else "")
    if now == context.cursor:
        return dg.SkipReason("asked for already")
    request = dg.RunRequest(run_key=now, asset_selection=[dg.AssetKey("l3_feedback")])
    return dg.SensorResult(run_requests=[request], cursor=now)
