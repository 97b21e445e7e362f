"""The code location: every asset, gate, job, sensor and resource of Tierline."""

import dagster as dg

from resources import configured_resources
from sensors import ALERTS, configuration_change, feedback_arrival, new_crawl, openlineage_events, promotion_change, reconcile_duplicates
from tier_assets.automation import automation
from tier_assets.exports import export_assets
from tier_assets.extraction_methods import extraction_methods
from tier_assets.jobs import build_shared, export_mixes, measure_scorers, run_shard
from tier_assets.l0_raw import l0_assets, l0_gates
from tier_assets.l1_contamination import l1_contamination, l1_contamination_gate
from tier_assets.l1_filtered import l1_assets, l1_gates
from tier_assets.l2_selected import l2_assets, l2_gates
from tier_assets.l3_derived import l3_derived, l3_derived_gate
from tier_assets.l3_feedback import l3_feedback, l3_feedback_gate
from tier_assets.l3_refined import l3_assets, l3_gates
from tier_assets.l4_verified import l4_assets, l4_gates
from tier_assets.mix_frontiers import mix_frontiers
from tier_assets.mixes import mix_assets, mix_gates
from tier_assets.pools import mend_pools
from tier_assets.refusal import quiet_skipped_gates
from tier_assets.retention import RETENTION, clear_history, vacuum_lake
from tier_assets.review_report import review_report
from tier_assets.run_log import log_runs
from tier_assets.sql_models import mart_assets
from tier_assets.training import training_report
from tier_assets.waive import waive
from tierline.logs import configure

quiet_skipped_gates()  # here, because every process that executes a run loads this file
mend_pools()
configure("dagster")
log_runs()
defs = dg.Definitions(
    assets=[
        *(*l0_assets, *l1_assets, l1_contamination, *l2_assets, *l3_assets, l3_derived, l3_feedback, *l4_assets),
        *(*mix_assets, *export_assets, *mart_assets, extraction_methods, mix_frontiers, review_report, training_report),
    ],
    asset_checks=[
        *l0_gates,
        *l1_gates,
        l1_contamination_gate,
        *l2_gates,
        *l3_gates,
        l3_derived_gate,
        l3_feedback_gate,
        *l4_gates,
        *mix_gates,
    ],
    jobs=[run_shard, build_shared, export_mixes, measure_scorers, waive, clear_history, vacuum_lake],
    schedules=RETENTION,
    sensors=[
        *(automation, configuration_change, feedback_arrival, new_crawl, openlineage_events, promotion_change, reconcile_duplicates),
        *ALERTS,
    ],
    resources=configured_resources(),
    executor=dg.in_process_executor,  # a process for each step would load the models and Great Expectations again every time
)
