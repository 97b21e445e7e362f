"""Everything that builds forms by rules, in one order: where two ask about the same words, the one that stands first has them."""

from __future__ import annotations

from tierline.derived.cells import find_cells
from tierline.derived.cloze import find_cloze
from tierline.derived.conversions import find_conversions
from tierline.derived.definitions import find_definitions
from tierline.derived.form import Finder
from tierline.derived.glossary import find_glossaries
from tierline.derived.lists import find_lists, find_procedures
from tierline.derived.numbers import find_numbers
from tierline.derived.orders import find_orders
from tierline.derived.purposes import find_purposes
from tierline.derived.reasons import find_conditions, find_reasons
from tierline.derived.true_false import find_statements
from tierline.derived.whens import find_dates, find_persons, find_places

FINDERS: tuple[Finder, ...] = (
    find_definitions, find_dates, find_persons, find_places, find_numbers, find_reasons, find_procedures, find_lists, find_conditions,
    find_purposes, find_cells, find_orders, find_conversions, find_statements, find_cloze, find_glossaries,
)  # fmt: skip
