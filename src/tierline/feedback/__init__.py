"""Feedback on models as rows of L3: corrections and rated answers, with consent, without personal data, checked against facts."""

from tierline.feedback.refine import refine_feedback
from tierline.feedback.rules import FeedbackRules

__all__ = ["FeedbackRules", "refine_feedback"]
