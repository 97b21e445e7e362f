"""A form before it is a row: what it says, the templates that it follows, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tierline.forms.things import Fact, Row


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one kind in one language. `question` and its template are "" for plain text.

    `facts` are what it says, in the order in which it says them; of what is not settled, `values` are what sources state. `source` is the
    row of `l4_sources` that it quotes.
    """

    kind: str
    language: str
    template: str
    text: str
    facts: tuple[Fact, ...]
    question_template: str = ""
    question: str = ""
    source: Row | None = None
    values: tuple[Row, ...] = ()

    @property
    def parents(self) -> list[str]:
        """Ids of the rows that it was made from."""
        return [row["value_id"] for row in self.values] or [fact.row["fact_id"] for fact in self.facts]

    def row(self, values: list[str] | None) -> dict[str, Any]:
        """As a row of `l4_forms`, but for its id and tokens; `values` are what reading it gave."""
        thing = self.facts[0].thing
        templates = "\n".join(filter(None, (self.question_template, self.template)))
        return {
            "parents": self.parents,
            "parent_table": "l4_values" if self.values else "l4_facts",
            "kind": self.kind,
            "question": self.question or None,
            "text": self.text,
            "language": self.language,
            "subject": thing.name,
            "stated_values": values,
            "template": templates,
            "source_id": self.source["source_id"] if self.source else None,
            "quote": self.source["quote"] if self.source else None,
            "url": self.source["url"] if self.source else None,
            "domain": self.source["domain"] if self.source else None,
        }
