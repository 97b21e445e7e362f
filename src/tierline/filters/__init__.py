"""L1: which documents of a crawl are language worth reading, without personal data and without duplicates."""

from tierline.filters.boilerplate import BoilerplateRules
from tierline.filters.rules import FilterRules

__all__ = ["BoilerplateRules", "FilterRules"]
