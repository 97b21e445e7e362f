"""L3: a language model edits passages, and a judge lets through only what kept its facts."""

from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.editing.refine import EditRules, refine

__all__ = ["EditRules", "FaithfulnessRules", "judge_faithfulness", "refine"]
