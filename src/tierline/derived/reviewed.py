"""What reviewers decided about forms, in place of what their verifiers did."""

from __future__ import annotations

from dataclasses import replace

from tierline.derived.form import WRITTEN, Form, Kind, Verdict
from tierline.derived.said import said_of
from tierline.lake.reviews import DROP, EDIT, Settlements
from tierline.tables import content_id

PROPOSER = "review"  # of a question in a reviewer's own words
# Refusals that nobody can take back: the words are not the document's or nobody's to show, no name says which document is asked about, or
# another form has the place.
FIXED = frozenset(
    {"answer:outside", "answer:not_in_parent", "question:redacted", "question:no_name", "question:length", "question:repeated",
     "question:too_many", "question:same_sentence", "evidence:edited"}
)  # fmt: skip
# Kinds whose question holds words of the answer, of the statement or of a dialogue: another question would need another answer.
UNASKED = frozenset({Kind.TRUE_FALSE, Kind.CLOZE, Kind.GLOSSARY, Kind.TUTORING, *WRITTEN}) - {Kind.FREE_QUESTION}


def form_id(doc_id: str, form: Form) -> str:
    """The id of its row, and of the decision about it; the same in every run that finds the same form."""
    return content_id("drv", doc_id, form.kind, *form.evidence, form.question, form.text)


class FormReviews:
    """What reviewers settled about the forms of a shard. A review is of what a form says (`said_of`): a copy of a dropped form, about
    another document, does not take its place."""

    def __init__(self, settled: Settlements | None = None) -> None:
        self._settled = settled or Settlements()
        self._dropped = {one.row_digest: one for one in self._settled if one.verdict == DROP}

    def overruled(self, judged: Verdict, doc_id: str) -> Verdict:
        """The verdict, or in its place that of the reviewers. With `edit` their own words are the question, and the answer stays."""
        if not len(self._settled) or judged.reason in FIXED:
            return judged
        form, said = judged.form, said_of(judged.form)
        found = self._settled.on(form_id(doc_id, form), said) or self._dropped.get(said)
        if found is None:
            return judged
        if found.verdict == DROP:
            return Verdict(form, found.named["rule"], found)
        if found.verdict != EDIT or not found.text or form.kind in UNASKED:
            return Verdict(form, "", found)
        own = " ".join(found.text.split())
        return Verdict(replace(form, question=own, asked=own.rstrip("?"), proposer=PROPOSER), "", found, form)
