"""What a person should be told of a lake: conditions that are alarming, what was told already, and the webhook that tells it."""

from tierline.alerts.conditions import Alarm
from tierline.alerts.memory import News, news_of
from tierline.alerts.rules import AlertRules

__all__ = ["Alarm", "AlertRules", "News", "news_of"]
