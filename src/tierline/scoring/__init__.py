"""L2: a language model judges a sample, a student learns from it and scores everything, SQL and vectors select."""

from tierline.scoring.annotate import AnnotateRules, annotate
from tierline.scoring.score import score
from tierline.scoring.select import SelectRules, select
from tierline.scoring.signals import ScoreRules
from tierline.scoring.student import StudentRules
from tierline.scoring.teaching import needs_training, train_student
from tierline.scoring.weighing import Scorers

__all__ = [
    "AnnotateRules", "ScoreRules", "Scorers", "SelectRules", "StudentRules", "annotate",
    "needs_training", "score", "select", "train_student",
]  # fmt: skip
