"""Restricts an answer to a list of choices in llama.cpp's grammar notation."""

from __future__ import annotations

import json
from collections.abc import Sequence


def choice_grammar(choices: Sequence[str], prefill: str) -> str:
    """GBNF: one of the choices, after a space if the answer already begins with a word."""
    space = " " if prefill and not prefill[-1].isspace() else ""
    return f"root ::= {' | '.join(json.dumps(space + choice, ensure_ascii=False) for choice in choices)}"
