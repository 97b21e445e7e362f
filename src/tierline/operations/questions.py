"""Judges a question by the sentence that answers it."""

from __future__ import annotations

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.faithfulness import WORD, FaithfulnessRules, Judgment, names
from tierline.editing.quantities import quantities


def judge_question(sentence: str, question: str, rules: FaithfulnessRules) -> Judgment:
    """A question may not introduce a number or name, must share words with the sentence, and must not give it away."""
    asked = {word.lower() for word in WORD.findall(question)} - FUNCTION_WORDS
    shared = len(asked & {word.lower() for word in WORD.findall(sentence)}) / max(1, len(asked))
    foreign = sorted((quantities(question) - quantities(sentence)) | (names(question) - names(sentence, everywhere=True)))
    ratio = len(question) / max(1, len(sentence))
    if not question.endswith("?") or question.count("?") > 1:
        return Judgment(shared, ratio, "question:form", None, None, question)
    if foreign:
        return Judgment(shared, ratio, "question:new_claims", float(len(foreign)), 0.0, ", ".join(foreign))
    if shared < rules.question_words_shared_min:
        return Judgment(shared, ratio, "question:off_topic", shared, rules.question_words_shared_min, question)
    if shared == 1 and ratio > rules.question_length_ratio_max:
        return Judgment(shared, ratio, "question:repeats_the_answer", ratio, rules.question_length_ratio_max, question)
    return Judgment(shared, ratio)
