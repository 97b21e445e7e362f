"""What a monitoring system asks of a lake, as metrics of Prometheus: computed from the ledger, so that nothing has to be counted twice."""

from tierline.metrics.families import Watched, families
from tierline.metrics.listen import listen
from tierline.metrics.text import as_text

__all__ = ["Watched", "as_text", "families", "listen"]
