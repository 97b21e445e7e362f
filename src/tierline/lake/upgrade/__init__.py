"""Brings a lake of an older format to this one's, without losing anything to a crash at any moment."""

from tierline.lake.upgrade.run import Upgraded, upgrade

__all__ = ["Upgraded", "upgrade"]
