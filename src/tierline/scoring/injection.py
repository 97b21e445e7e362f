"""Keeps texts that address their judge from gaining: template tokens and invisible characters never reach a prompt."""

from __future__ import annotations

import re
import unicodedata

# Characters that readers do not see and models do: zero width, bidirectional controls, tags, soft hyphen.
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
# Control tokens of ChatML, Llama 2 and 3, Mistral, Gemma, Phi, Zephyr and of delimiters in this project's own form.
TEMPLATE = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<bos>|<eos>",
    re.IGNORECASE,
)
TURN = re.compile(r"^[ \t>*#]*(?:system|assistant|user|human|ai|instruction|response)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def visible(text: str) -> str:
    """The text as a reader sees it: compatibility forms folded (NFKC), what has no width removed."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text))


def escape(text: str) -> str:
    """The text with nothing in it that a chat template or the prompt takes for its own; for the eyes of the model only."""
    broken = TEMPLATE.sub(lambda found: "(" + re.sub(r"[<>|\[\]]", "", found[0]) + ")", visible(text))
    return TURN.sub(lambda found: found[0].replace(":", " -"), broken)
