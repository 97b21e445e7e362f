"""Documents that a rule judges: a teacher without a model, documents half of which are good, and what is measured and learned of them."""

import numpy as np
import pyarrow as pa

from examples.features import FEATURES
from tests.conftest import rows_of
from tierline.judges.annotate import annotate
from tierline.judges.rules import AnnotateRules
from tierline.lake import Cost, ModelCard
from tierline.llm import Answered, Choice, Likelihood
from tierline.reliability.ensemble import Measurement, Scorers, scorers_of
from tierline.reliability.rules import ReliabilityRules
from tierline.selection.distillation import train_student
from tierline.students.prior import bundled_prior
from tierline.students.rules import StudentRules
from tierline.students.student import stored_student

MEASURING = ReliabilityRules(resamples=100)


class Teacher:
    """A client that answers by rule, to say exactly what a model would have said."""

    cost = Cost()

    def __init__(self, share):
        self.share = share

    def card(self, prompt_sha256):
        return ModelCard("teacher", "0", prompt_sha256, "fake")

    def choose(self, prompts, choices):
        found = []
        for number, prompt in enumerate(prompts):
            share = self.share(prompt.user)
            best_last = prompt.user.index("nothing:") < prompt.user.index("much:")
            values = () if share is None else (1 - share, 0, 0, share) if best_last else (share, 0, 0, 1 - share)
            found.append(Answered(f"call_{number}", Choice(tuple(float(np.log(max(value, 1e-9))) for value in values), 1)))
        return found

    def likelihood(self, texts, max_tokens):
        return [Answered(f"like_{number}", Likelihood(-6.0, 2)) for number in range(len(texts))]


def judged_documents() -> pa.Table:
    """Rows of `l1_filtered`: a good text of each feature, then an advertisement of each; every fifth is taken for German."""
    names = sorted(FEATURES)
    texts = [FEATURES[name] for name in names] + [f"Buy cheap {name} now. Click here for the best {name} price today." for name in names]
    rows = [
        {
            "doc_id": f"doc_{number:03d}",
            "text": text,
            "language": "en" if number % 5 else "de",
            "tokens": len(text.split()),
            "domain": "a.example",
        }
        for number, text in enumerate(texts)
    ]
    return rows_of("l1_filtered", rows)


def usefulness(prompt: str) -> float:
    return 0.2 if "cheap" in prompt else 0.8


def trained(documents, share=usefulness):
    rules = AnnotateRules(sample_per_shard=60)
    annotations = annotate(documents, Teacher(share), rules).tables["l2_annotations"]
    result = train_student(annotations, documents, measurement(documents, {}), StudentRules(), MEASURING, "teacher")
    result.check("l2_student")
    return annotations, result.tables["l2_student"].to_pylist()[0]


def measurement(documents, signals) -> Measurement:
    """Documents as anchors, the first half of them good, all of like length; `signals` weigh a standard deviation."""
    half = documents.num_rows // 2
    anchors = [{"anchor_id": f"a{row}", "label": float(row < half), "set": "own", "group": f"{row}"} for row in range(documents.num_rows)]
    alike = documents.set_column(documents.column_names.index("tokens"), "tokens", pa.array([30] * documents.num_rows))
    return Measurement(rows_of("l2_anchors", anchors), alike, signals, {"own": dict.fromkeys(signals, 1.0)}, {})


def scorers(documents, row) -> Scorers:
    """The student, weighed on documents whose first half is good."""
    student = stored_student(row, bundled_prior()) if row else None
    return scorers_of(measurement(documents, {}), row and row["student_id"], student, MEASURING)
