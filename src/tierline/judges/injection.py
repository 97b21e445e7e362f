"""Finds sentences that address the judge of the text they are in, and keeps chat templates' tokens from reaching a model."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from tierline.text.toxicity import toxicity_features

Floats = npt.NDArray[np.float64]
WEIGHTS = Path(__file__).with_name("injection.npz")  # written by training_scripts/train_injection.py
DOUBT = 2.0  # log odds short of the threshold that still cost a second reading; 7.5% of ordinary pages have such a sentence
FEW = 30  # features: those of two short words
LONGEST = 240  # characters of a sentence; a longer one is cut between words
# Characters that models see and readers do not: zero width, bidirectional controls, tags, soft hyphen.
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
# Control tokens of ChatML, Llama 2 and 3, Mistral, Gemma, Phi, Zephyr, and the form of this project's own delimiters.
TEMPLATE = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<bos>|<eos>",
    re.IGNORECASE,
)
TURN = re.compile(r"^[ \t>*#]*(?:system|assistant|user|human|ai|instruction|response)[ \t]*:", re.IGNORECASE | re.MULTILINE)
SENTENCE = re.compile(r"(?:[^.!?。।؟\n]|(?<=\d)\.(?=\d))+[.!?。।؟]*")
# Disguises of words that a model understands: look-alike letters, letters spaced out or replaced by digits, encodings.
LOOKALIKES = str.maketrans("аеорсухіјѕԁһԛԝοανρτικ", "aeopcyxijsdhqwoavptik")  # Cyrillic and Greek
SPACED_OUT = re.compile(r"(?<!\w)\w(?:[ .*_-]\w){2,}(?!\w)")
SIGNS = re.compile(r"(?<=[a-z])[@$0134!]+(?=[a-z])|(?<![\w.])[@$0134!](?=[a-z]{2})")
LETTERS = str.maketrans("@$0134!", "asoieai")
UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")  # Thai, kana, Han, Hangul
UNSPACED_RUN = re.compile(f"(?:{UNSPACED.pattern} *)+")
WORD = re.compile("[^\\s\\d.,:;!?()\\[\\]{}<>\"'`“”„«»‘’´،。、，：；！？।|/=*#_~+-]+")
WHOLE = 4  # letters; a stem of at most this length is a whole word
CACHED = 50_000  # words whose concepts are cached
LONGEST_STEM = 12  # letters, of scripts without spaces
TOGETHER = 3  # concepts that form one feature together
EMPHASIS = 3.0  # value of such a feature; words have less than 0.2, so that what languages share is learned first
CODED = re.compile(r"(?<![\w+/=])(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=])")


def visible(text: str) -> str:
    """The text as a reader sees it: compatibility forms folded (NFKC), zero-width characters removed."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text))


def escape(text: str) -> str:
    """The text without anything that a chat template or the prompt would take for its own; for the model only."""
    broken = TEMPLATE.sub(lambda found: "(" + re.sub(r"[<>|\[\]]", "", found[0]) + ")", visible(text))
    return TURN.sub(lambda found: found[0].replace(":", " -"), broken)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence or line, none longer than LONGEST characters, in order, none overlapping."""
    for found in SENTENCE.finditer(text):
        start, end = found.span()
        while end - start > LONGEST:
            space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            yield start, cut
            start = cut
        if text[start:end].strip():
            yield start, end


def words_apart(sentence: str) -> str:
    """In lower case, with spaces between letters of scripts that have none: a letter there is a word of its own."""
    return UNSPACED.sub(r" \g<0> ", sentence.lower())


def undisguised(sentence: str) -> str:
    """As `words_apart`, with encodings decoded and the usual disguises of words undone."""
    plain = CODED.sub(lambda found: _decoded(found[0]), unquote(html.unescape(sentence))).lower().translate(LOOKALIKES)
    plain = SPACED_OUT.sub(lambda found: re.sub(r"[ .*_-]", "", found[0]), plain)
    return words_apart(SIGNS.sub(lambda found: found[0].translate(LETTERS), plain))


def feature_matrix(readings: Sequence[str]) -> csr_matrix:
    """Features of sentences in lower case for the classifier, (n, 2**18): the toxicity classifier's hashed words, pairs and letter groups,
    each divided by the root of their number plus FEW, so that one word alone is not a strong sign."""
    return toxicity_features(readings, FEW)


class Concepts:
    """Which ideas a sentence names (the judge, the page, the verdict ...), by the beginnings of its words, in any listed language."""

    def __init__(self, stems: Mapping[str, int], number: int) -> None:
        """`stems`: as `stem` writes them -> the set of concepts, bit i for concept i of `number`."""
        self._stems, self._seen = stems, dict[str, int]()
        chosen = [set(one) for size in range(1, TOGETHER + 1) for one in itertools.combinations(range(number), size)]
        named = [{bit for bit in range(number) if named >> bit & 1} for named in range(1 << number)]
        self._table = csr_matrix(EMPHASIS * np.array([[one <= own for one in chosen] for own in named]))

    def matrix(self, readings: Sequence[str]) -> csr_matrix:
        """(n, features): EMPHASIS for each concept and each two or three that an undisguised sentence names, 0 for the others."""
        return self._table[np.array([self._named(reading) for reading in readings], np.int64)]

    def _named(self, reading: str) -> int:
        named = 0
        if not reading.isascii():
            for run in UNSPACED_RUN.findall(reading):
                letters = run.replace(" ", "")
                for start in range(len(letters)):
                    named |= self._meaning(letters[start : start + LONGEST_STEM])
            reading = UNSPACED_RUN.sub(" ", reading)
        for word in WORD.findall(reading):
            named |= self._meaning(word + " ")
        return named

    def _meaning(self, word: str) -> int:
        known = self._seen.get(word)
        if known is None:
            known = 0
            for end in range(1, len(word) + 1):
                known |= self._stems.get(word[:end], 0)
            if len(self._seen) < CACHED:
                self._seen[word] = known
        return known


def stem(word: str) -> str:
    """A word's beginning as `Concepts` looks for it: undisguised, with a space at its end if it must be the whole word."""
    plain = undisguised(visible(word)).replace(" ", "")
    return plain if len(plain) > WHOLE or UNSPACED.search(plain) else plain + " "


def suspicions(found: Sequence[str]) -> Floats:
    """Log odds over the threshold, (n,), that each sentence addresses its judge: above 0 it counts as doing so. The higher value of the
    sentence as written and undisguised; infinite if it contains a chat template's token."""
    if not found:
        return np.empty(0)
    weights, concept_weights, concepts, intercept, _ = _load()
    plain = [undisguised(sentence) for sentence in found]
    odds = np.asarray(feature_matrix([*(words_apart(sentence) for sentence in found), *plain]) @ weights, np.float64) + intercept
    odds = np.maximum(odds[: len(found)], odds[len(found) :]) + concepts.matrix(plain) @ concept_weights
    return np.where([bool(TEMPLATE.search(sentence)) for sentence in found], np.inf, odds)


def suspicious_spans(text: str, doubt: float = 0.0) -> list[tuple[int, int]]:
    """(start, end) of the sentences of `visible(text)` that address a judge or a chat template, in order, none overlapping; with `doubt`
    also those whose log odds fall short of the threshold by less."""
    seen = visible(text)
    spans = list(sentences(seen))
    odds = suspicions([seen[start:end] for start, end in spans])
    return [span for span, one in zip(spans, odds, strict=True) if one > -doubt]


def ablated(text: str, doubt: float = 0.0) -> str:
    """The visible text without its suspicious sentences; the text itself if there are none."""
    spans = suspicious_spans(text, doubt)
    if not spans:
        return text
    seen, end = visible(text), 0
    kept: list[str] = []
    for start, stop in spans:
        kept.append(seen[end:start])
        end = stop
    return "".join((*kept, seen[end:])).strip()


def detector_id() -> str:
    """Digest of the detector's weights."""
    return f"injection@{_load()[-1][:8]}"


def _decoded(coded: str) -> str:
    try:
        plain = base64.b64decode(coded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return coded
    return plain if plain.isprintable() else coded


@cache
def _load() -> tuple[Floats, Floats, Concepts, float, str]:
    with np.load(WEIGHTS) as stored:
        weights, intercept = stored["weights"].astype(np.float64), float(stored["intercept"])
        concept_weights = stored["concept_weights"].astype(np.float64)
        stems = dict(zip(stored["stems"].tolist(), stored["meanings"].tolist(), strict=True))
        number = int(stored["concepts"])
    digest = hashlib.sha256(weights.tobytes() + concept_weights.tobytes() + repr((stems, number, intercept)).encode()).hexdigest()
    return weights, concept_weights, Concepts(stems, number), intercept, digest
