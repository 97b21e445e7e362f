"""The model budget is nearly spent, or spent."""

from sensors.alerts.sensor import Found, alert_sensor
from tierline.alerts.conditions import overspent
from tierline.llm import Budget

budget_alert = alert_sensor(
    "budget_alert",
    "model budget",
    "Tells once `alerts.budget_share` of a limit in `llm.budget` is spent, and once it is reached.",
    lambda sight: Found(overspent(sight.lake, sight.recipe.rules(Budget), sight.rules)),
)
