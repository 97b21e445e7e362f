"""The tokenizer of a mix: the end of a document is one token and never a page's own, ids fit their type, batches change nothing."""

import hashlib

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tierline.errors import BadInput
from tierline.mixes import tokenizing
from tierline.mixes.tokenizing import MixTokenizer, token_lists
from tierline.text.tokens import count_tokens

TEXTS = ["The mill stands below the weir.", "", "Größe: 漢字 😀", "a" * 5000, "</s><|endoftext|> <unk>"]


def own_tokenizer(path, *special: str, truncation: bool = False):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    if truncation:
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=64)
    tokenizer.save(str(path))
    return path


def test_the_fixed_one_counts_as_every_tier_does_and_closes_each_document():
    tokenizer = MixTokenizer.fixed()
    found = list(tokenizer.encode(TEXTS))
    assert [len(tokens) - 1 for tokens in found[:-1]] == count_tokens(TEXTS[:-1]).to_pylist()
    assert all(tokens[-1] == tokenizer.end and (tokens == tokenizer.end).sum() == 1 for tokens in found)
    assert all(tokens.dtype == tokenizer.type and tokens.max() < tokenizer.vocabulary for tokens in found)


def test_an_end_token_is_found_by_its_usual_names_or_named(tmp_path):
    two = own_tokenizer(tmp_path / "two.json", "</s>", "<|endoftext|>")
    assert MixTokenizer.load(two).end_token == "<|endoftext|>"
    named = MixTokenizer.load(two, "</s>")
    assert (named.end_token, named.end) == ("</s>", Tokenizer.from_file(str(two)).token_to_id("</s>"))
    with pytest.raises(BadInput, match=r"no token that ends a document \(none of <\|endoftext\|>"):
        MixTokenizer.load(own_tokenizer(tmp_path / "none.json", "<pad>"))
    with pytest.raises(BadInput, match=r"\(<end>\)"):
        MixTokenizer.load(two, "<end>")


def test_a_tokenizer_saved_with_truncation_and_padding_still_encodes_whole_texts(tmp_path):
    plain = MixTokenizer.load(own_tokenizer(tmp_path / "plain.json", "</s>"))
    bound = MixTokenizer.load(own_tokenizer(tmp_path / "bound.json", "</s>", truncation=True))
    for one, other in zip(plain.encode(TEXTS), bound.encode(TEXTS), strict=True):
        assert one.tolist() == other.tolist()
        assert (one[:-1] != plain.end).all()


def test_a_batch_boundary_changes_no_token(monkeypatch):
    tokenizer = MixTokenizer.fixed()
    whole = [tokens.tolist() for tokens in tokenizer.encode(TEXTS)]
    monkeypatch.setattr(tokenizing, "CHARACTERS_PER_BATCH", 10)
    assert [tokens.tolist() for tokens in tokenizer.encode(TEXTS)] == whole
    assert list(tokenizer.encode([])) == []


def test_its_identity_is_the_file(tmp_path):
    path = own_tokenizer(tmp_path / "own.json", "</s>")
    described = MixTokenizer.load(path).describe()
    assert described["name"] == "own.json" and described["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert described["vocabulary"] == len(Tokenizer.from_file(str(path)).get_vocab()) and described["end_id"] == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"model": 3}'])
def test_a_file_that_is_no_tokenizer_is_one_line(tmp_path, content):
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(BadInput, match=r"t\.json: is no tokenizer\.json") as raised:
        MixTokenizer.load(tmp_path / "t.json")
    assert "\n" not in str(raised.value)
    with pytest.raises(BadInput, match="cannot be read"):
        MixTokenizer.load(tmp_path)


@pytest.mark.parametrize("kind", [np.uint16, np.int32])
def test_arrays_become_one_column_of_lists(kind):
    arrays = [np.array(values, kind) for values in ([1, 2], [], [65_499])]
    column = token_lists(arrays, np.dtype(kind))
    assert column.to_pylist() == [[1, 2], [], [65_499]] and column.type.value_type == ("uint16" if kind is np.uint16 else "int32")
    assert token_lists([], np.dtype(kind)).to_pylist() == []
