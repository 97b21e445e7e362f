"""Looks of every sensor in this process, each with the cursor of its last one, as the daemon has them done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time
from typing import Any


@dataclass(slots=True)
class Looker:
    """Looks with the resources of this process's environment."""

    instance: Any
    cursors: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def names(self) -> list[str]:
        """Of the sensors that run by default."""
        import dagster as dg

        return [name for name, sensor in _sensors().items() if sensor.default_status == dg.DefaultSensorStatus.RUNNING]

    def look(self, name: str) -> tuple[Any, float]:
        """What the sensor answers, and the seconds of processor time that it takes."""
        import dagster as dg

        from definitions import defs
        from resources import configured_resources

        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursors.get(name), definitions=defs, resources=configured_resources()
        )
        began = process_time()
        answer = _sensors()[name](context)
        seconds = process_time() - began
        self.cursors[name] = answer.cursor if isinstance(answer, dg.SensorResult) else context.cursor
        return answer, seconds


def _sensors() -> dict[str, Callable[..., Any] | Any]:
    import sensors

    found = [getattr(sensors, name) for name in sensors.__all__]
    return {one.name: one for one in found if not isinstance(one, list | tuple)}
