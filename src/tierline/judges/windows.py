"""Cuts a long document into windows for a model, so that its middle and end count beside its beginning."""

from __future__ import annotations

from tierline.text.tokens import tokenizer


def windows(text: str, tokens: int, count: int) -> list[str]:
    """At most `count` windows of at most `tokens` tokens: one if the text fits, else spread evenly from beginning to end.

    Windows are exact slices of the text; they overlap only if the text is shorter than all of them together.
    """
    offsets: list[tuple[int, int]] = tokenizer().encode(text, add_special_tokens=False).offsets  # which batches leave out
    if len(offsets) <= tokens or count == 1:
        return [text[: offsets[min(tokens, len(offsets)) - 1][1]] if len(offsets) > tokens else text]
    needed = min(count, -(-len(offsets) // tokens))
    last = len(offsets) - tokens
    starts = [round(number * last / (needed - 1)) for number in range(needed)]
    return [text[offsets[start][0] : offsets[start + tokens - 1][1]] for start in starts]
