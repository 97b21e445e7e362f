"""Who works on the batches of a shard."""

import dagster as dg

from tierline.compute.finished import FinishedBatches
from tierline.compute.on_ray import RayWorkers
from tierline.compute.workers import IN_PROCESS, Workers
from tierline.lake import Activity, Lake


class ShardWorkers(dg.ConfigurableResource):
    """The process of the stage itself, or the nodes of the Ray cluster at an address: `host:port`, `auto` for the one of which this machine
    is a node, `local` for one that is started on this machine and ends with the process."""

    ray_address: str = ""

    def of(self, lake: Lake, activity: Activity) -> Workers:
        """Those for one activity. What nodes have finished is kept on this machine until the activity is committed."""
        if not self.ray_address:
            return IN_PROCESS
        return RayWorkers(self.ray_address, FinishedBatches(lake.cache_dir, activity.stage, activity.shard, activity.activity_id))
