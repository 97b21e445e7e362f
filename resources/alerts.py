"""Where alerts go: to the log, and to a webhook if there is one."""

import logging
from collections.abc import Sequence

import dagster as dg

from tierline.config.environment import Environment
from tierline.config.places import WEBHOOK

LOG = logging.getLogger("tierline.alerts")


class AlertChannel(dg.ConfigurableResource):
    """The webhook's address is its key: it is no part of this configuration, which Dagster stores and shows, but read from
    TIERLINE_ALERT_WEBHOOK whenever something is to be told."""

    def tell(self, about: str, lines: Sequence[str]) -> None:
        """One message. Raises NotTold if the webhook does not take it; without a webhook the log is all."""
        from tierline.alerts.webhook import NotTold, send  # httpx takes a while to import, and most processes tell nothing

        url = Environment().get(WEBHOOK)
        try:
            if url:
                send(url, "\n".join([f"Tierline: {about}", *lines]))
        except NotTold as error:
            LOG.warning("%s: %s; it is tried again", about, error)
            raise
        LOG.warning("%s: %s", about, " | ".join(lines))


def alerts_wanted() -> bool:
    """Whether alert sensors run unless somebody switches them off."""
    return bool(Environment().get(WEBHOOK))
