"""The experiment's own BPE tokenizer, trained on the training rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tierline.errors import BadInput
from tierline.training.windows import Tokens

END = "<|end|>"  # between documents; its id is END_ID
TEXTS_PER_BATCH = 256


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Byte-level BPE (Radford et al. 2019, section 2.2): every byte has a token, so that every text has bits per byte.

    The same texts in the same order give the same tokenizer. BadInput if they hold too few distinct pairs for the vocabulary.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() != vocabulary:
        raise BadInput(
            f"gives {tokenizer.get_vocab_size()} tokens, not {vocabulary}", "corpus", "set model.vocabulary lower or give more text"
        )
    return tokenizer


def load_tokenizer(path: str | Path) -> Tokenizer:
    """From tokenizer.json."""
    return Tokenizer.from_file(str(path))


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tokens]:
    """The tokens of each text, without END."""
    found: list[Tokens] = []
    for start in range(0, len(texts), TEXTS_PER_BATCH):
        batch = tokenizer.encode_batch_fast(list(texts[start : start + TEXTS_PER_BATCH]), add_special_tokens=False)
        found += [np.array(encoded.ids, np.uint16) for encoded in batch]
    return found
