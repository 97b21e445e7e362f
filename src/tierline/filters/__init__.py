"""L1: keeps the documents of a crawl that are readable language, without personal data and without duplicates."""

from tierline.filters.boilerplate import BoilerplateRules
from tierline.filters.rules import FilterRules

__all__ = ["BoilerplateRules", "FilterRules"]
