"""Every section of the recipe and the dataclass that declares its settings: the one list of what can be configured."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from typing import Any

from tierline.errors import BadInput

# Section -> "module:dataclass", in the order of recipes/tiers.yaml. Strings, so that a list of settings costs no import of numba or faiss.
SECTIONS: dict[str, str] = {
    "gates": "tierline.gates.suite:GateRules",
    "l0.read": "tierline.crawl.rules:ReadRules",
    "l0.shards": "tierline.crawl.registry:PackRules",
    "l1.filter": "tierline.filters.rules:FilterRules",
    "l1.boilerplate": "tierline.filters.boilerplate:BoilerplateRules",
    "l1.dedup": "tierline.dedup.minhash:DedupRules",
    "l1.rights": "tierline.rights.rules:RightsRules",
    "l1.decontamination": "tierline.filters.decontaminate:DecontaminationRules",
    "l2.anchors": "tierline.reliability.rules:AnchorRules",
    "l2.reliability": "tierline.reliability.rules:ReliabilityRules",
    "l2.annotate": "tierline.judges.rules:AnnotateRules",
    "l2.student": "tierline.students.rules:StudentRules",
    "l2.score": "tierline.reliability.rules:ScoreRules",
    "l2.select": "tierline.selection.rules:SelectRules",
    "l2.review": "tierline.selection.rules:ReviewRules",
    "l3.edit": "tierline.operations.rules:EditRules",
    "l3.operations": "tierline.operations.rules:OperationRules",
    "l3.faithfulness": "tierline.editing.faithfulness:FaithfulnessRules",
    "l3.derived": "tierline.derived.rules:DerivedRules",
    "l3.feedback": "tierline.feedback.rules:FeedbackRules",
    "l4.claims": "tierline.knowledge.claims:ClaimRules",
    "l4.methods": "tierline.knowledge.extraction_methods:MethodRules",
    "l4.prompted": "tierline.knowledge.prompted:PromptedRules",
    "l4.facts": "tierline.knowledge.facts:FactRules",
    "l4.manuals": "tierline.knowledge.manuals:ManualRules",
    "l4.forms": "tierline.forms.rules:FormRules",
    "l4.check": "tierline.checking.rules:CheckRules",
    "llm.calls": "tierline.llm.rules:CallRules",
    "llm.prices": "tierline.llm.prices:PriceRules",
    "llm.budget": "tierline.llm.budget:Budget",
    "review": "tierline.review.rules:ReviewingRules",
    "alerts": "tierline.alerts.rules:AlertRules",
    "retention": "tierline.lake.retention:RetentionRules",
    "mixes.export": "tierline.mixes.writing:ExportRules",
    "mixes.allocate": "tierline.mixes.allocate:AllocationRules",
}


def rules_class(section: str) -> type[Any]:
    """The dataclass of a section, imported now; KeyError for a name that SECTIONS does not list."""
    module, _, name = SECTIONS[section].partition(":")
    return getattr(importlib.import_module(module), name)


def check_sections(parsed: dict[str, Any], where: str) -> None:
    """BadInput for the first section of a parsed recipe that nothing reads: a misspelled one would change nothing, silently."""
    for name in _named(parsed, where):
        if name in SECTIONS:
            continue
        close = difflib.get_close_matches(name, SECTIONS, 1) or [section for section in SECTIONS if section.endswith(f".{name}")]
        advice = f"did you mean {close[0]}?" if close else f"known are {', '.join(SECTIONS)}"
        raise BadInput(f"unknown section {name}", where, advice)


def _named(parsed: dict[str, Any], where: str) -> Iterator[str]:
    """The full names of the sections in a file: `l1: {filter: ...}` is l1.filter, `gates: ...` is gates."""
    groups = {section.partition(".")[0] for section in SECTIONS if "." in section}
    for name, value in parsed.items():
        if name not in groups:
            yield str(name)
        elif value is not None and not isinstance(value, dict):
            raise BadInput("expected a mapping of sections", f"{where}: {name}")
        else:
            yield from (f"{name}.{section}" for section in value or {})
