"""What an edit may change: source and edit read as words in normal form, aligned, and judged change by change."""

from tierline.editing.faithfulness import Change, FaithfulnessRules, Judgment, judge_faithfulness

__all__ = ["Change", "FaithfulnessRules", "Judgment", "judge_faithfulness"]
