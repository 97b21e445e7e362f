"""What a language model is asked: to edit a passage, or to ask for what a sentence says."""

from __future__ import annotations

EDIT = "Correct the grammar and spelling of this text and make it easy to read. Keep every name, number and date.\n\n{text}"
ASK = """Sentence: The river Danube flows through ten countries.
Question: How many countries does the river Danube flow through?

Sentence: Marie Curie discovered radium in 1898.
Question: What did Marie Curie discover in 1898?

Sentence: {text}"""
QUESTION_PREFILL = "Question:"  # without this the bundled model answers or repeats the sentence


def own_words(answer: str) -> str:
    """The edit itself: small models announce it on a separate line, quote it or label it."""
    lines = [line.strip() for line in answer.strip().split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].endswith(":"):
        lines = lines[1:]
    text = " ".join(lines)
    for label in ("Question:", "Answer:", "Text:"):
        text = text.removeprefix(label).strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == '"' else text
