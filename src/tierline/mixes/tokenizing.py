"""The tokenizer of an exported mix: the fixed one that counts budgets, or a file from training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.errors import BadInput
from tierline.mixes.indexed import Tokens, token_type
from tierline.text.tokens import CHARACTERS_PER_BATCH, TOKENIZER_FILE, TOKENIZER_ID, wheel_file

# Names of the token that ends a document in published tokenizers, in the order of the search.
END_TOKENS = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eot_id|>")


@dataclass(frozen=True, slots=True)
class MixTokenizer:
    """A tokenizer and what identifies it. `end` is the id that closes every document, `vocabulary` is above every id."""

    name: str
    sha256: str
    vocabulary: int
    end_token: str
    end: int
    source: Path
    encoder: Any

    @classmethod
    def fixed(cls) -> MixTokenizer:
        """The one that counts tokens in every tier."""
        return cls._load(wheel_file(*TOKENIZER_FILE), TOKENIZER_ID, None)

    @classmethod
    def load(cls, path: str | Path, end_token: str | None = None) -> MixTokenizer:
        """A `tokenizer.json` of the tokenizers library. BadInput if it is not one, or if no token ends a document."""
        return cls._load(Path(path), Path(path).name, end_token)

    @classmethod
    def _load(cls, path: Path, name: str, end_token: str | None) -> MixTokenizer:
        from tokenizers import Tokenizer

        try:
            data = path.read_bytes()
            encoder: Any = Tokenizer.from_buffer(data)
        except OSError as error:
            raise BadInput(f"cannot be read ({error.strerror})", str(path), "give the path of a tokenizer.json") from None
        except Exception:  # the library raises a bare Exception on any other format
            raise BadInput("is no tokenizer.json", str(path), "save it with tokenizers.Tokenizer.save") from None
        known = [token for token in ((end_token,) if end_token else END_TOKENS) if encoder.token_to_id(token) is not None]
        if not known:
            wanted = end_token or f"none of {', '.join(END_TOKENS)}"
            raise BadInput(f"has no token that ends a document ({wanted})", str(path), "name one with --end-of-text")
        encoder.no_padding()
        encoder.no_truncation()
        encoder.encode_special_tokens = True  # pages are text: a page that spells "</s>" must not end its document
        vocabulary = max(encoder.get_vocab().values()) + 1  # ids may have gaps
        return cls(name, hashlib.sha256(data).hexdigest(), vocabulary, known[0], encoder.token_to_id(known[0]), path, encoder)

    @property
    def type(self) -> np.dtype[Any]:
        """How its ids are stored."""
        return token_type(self.vocabulary)

    def encode(self, texts: Sequence[str]) -> Iterator[Tokens]:
        """Token ids of each text, the end included; shape (tokens,). Encodes a bounded number of characters at a time."""
        batch: list[str] = []
        size = 0
        for text in texts:
            if batch and size + len(text) > CHARACTERS_PER_BATCH:
                yield from self._encode(batch)
                batch, size = [], 0
            batch.append(text)
            size += len(text)
        yield from self._encode(batch)

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for encoding in self.encoder.encode_batch_fast(texts, add_special_tokens=False):
            yield np.array([*encoding.ids, self.end], self.type)

    def describe(self) -> dict[str, Any]:
        """For a mix's manifest."""
        return {"name": self.name, "sha256": self.sha256, "vocabulary": self.vocabulary, "end_token": self.end_token, "end_id": self.end}


def token_lists(arrays: Sequence[Tokens], kind: np.dtype[Any]) -> pa.ListArray:
    """Arrays of token ids as one Arrow column."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in arrays])]).astype(np.int32)
    flat = np.concatenate(arrays) if arrays else np.empty(0, kind)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat.astype(kind)))
