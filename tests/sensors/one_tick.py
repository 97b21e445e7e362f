"""One tick of a sensor, with the resources of this process."""

import dagster as dg

from definitions import defs
from resources import configured_resources


def one_tick(sensor: dg.SensorDefinition, cursor: str | None = None, instance: dg.DagsterInstance | None = None):
    """(result, the cursor it left)."""
    context = dg.build_sensor_context(
        instance=instance or dg.DagsterInstance.ephemeral(), cursor=cursor, definitions=defs, resources=configured_resources()
    )
    result = sensor(context)
    return result, result.cursor if isinstance(result, dg.SensorResult) else context.cursor
