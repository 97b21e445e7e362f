"""Shards whose runs are being created: a sensor that asks for many keeps its tick open until Dagster has created each of them."""

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus


def being_requested(instance: dg.DagsterInstance) -> set[str]:
    """What open ticks of sensors ask for, whether its run is there yet or not. The tick of a sensor that a person has stopped midway
    stays open, and asks for nothing more."""
    shards: set[str] = set()
    if instance.schedule_storage is None:  # of an instance in memory, which has no ticks
        return shards
    for sensor in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        if sensor.is_running:
            ticks = instance.get_ticks(sensor.instigator_origin_id, sensor.selector_id, limit=1, statuses=[TickStatus.STARTED])
            shards |= {request.partition_key for tick in ticks for request in tick.run_requests or () if request.partition_key}
    return shards
