"""L3: a language model edits passages, and a judge accepts only edits that keep their facts."""

from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.editing.refine import EditRules, refine

__all__ = ["EditRules", "FaithfulnessRules", "judge_faithfulness", "refine"]
