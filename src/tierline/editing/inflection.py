"""Says which English words are forms of one word, and which form agrees with the words before it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from tierline.editing.english import FUNCTION_WORDS
from tierline.text.tokens import tokenizer

PIECE_LETTERS = 5
VOWELS = "aeiou"
LEXICON = "lexicon.npz"  # made by training_scripts/make_lexicon.py
_BE = frozenset("am is are".split()), frozenset("was were".split()), frozenset("has have".split()), frozenset("do does".split())
SEVERAL = frozenset("these those many several multiple few both various numerous all most some other two".split())
SINGULAR = frozenset("this that each every another a an 1".split())
_THIRD = frozenset("he she it this that who which".split())
_OTHERS = frozenset("i you we they these those to not can could may might must shall should will would do does did".split())
_IRREGULAR = """be am is are was were been being| have has had having| do does did done doing| go goes went gone going|
build builds built building| write writes wrote written writing| make makes made making| take takes took taken taking|
give gives gave given giving| see sees saw seen seeing| know knows knew known knowing| find finds found finding|
hold holds held holding| lead leads led leading| leave leaves left leaving| become becomes became becoming|
begin begins began begun beginning| bring brings brought bringing| buy buys bought buying|
choose chooses chose chosen choosing| come comes came coming| draw draws drew drawn drawing|
drive drives drove driven driving| eat eats ate eaten eating| fall falls fell fallen falling| get gets got gotten getting|
grow grows grew grown growing| keep keeps kept keeping| lose loses lost losing| meet meets met meeting| pay pays paid paying|
rise rises rose risen rising| run runs ran running| say says said saying| sell sells sold selling| send sends sent sending|
show shows showed shown showing| speak speaks spoke spoken speaking| spend spends spent spending|
stand stands stood standing| teach teaches taught teaching| tell tells told telling| think thinks thought thinking|
throw throws threw thrown throwing| understand understands understood understanding| win wins won winning|
break breaks broke broken breaking| catch catches caught catching| fight fights fought fighting|
forget forgets forgot forgotten forgetting| hear hears heard hearing| sing sings sang sung singing|
steal steals stole stolen stealing| bear bears bore born borne bearing"""
_IRREGULAR_FORMS = tuple(tuple(group.split()) for group in _IRREGULAR.split("|"))


@cache
def _irregular() -> dict[str, str]:
    return {form: forms[0] for forms in _IRREGULAR_FORMS for form in forms}


@cache
def _participles() -> frozenset[str]:
    return frozenset(forms[-2] for forms in _IRREGULAR_FORMS)


@cache
def _lexicon() -> frozenset[int]:
    """Hashes of the words of WordNet and of function words."""
    with np.load(Path(__file__).parent / LEXICON) as lexicon:
        return frozenset(map(word_hash, FUNCTION_WORDS)) | frozenset(lexicon["words"].tolist())


@cache
def synonyms_of_lexicon() -> frozenset[int]:
    """Pairs of words that are synonyms: the smaller hash in the upper 32 bits."""
    with np.load(Path(__file__).parent / LEXICON) as lexicon:
        return frozenset(lexicon["synonyms"].tolist())


@cache
def _frequent() -> frozenset[str]:
    """What the tokenizer holds in one piece, but for short pieces, which are of longer words."""
    pieces = (piece[1:].lower() for piece in tokenizer().get_vocab() if piece.startswith("▁") and piece[1:].isalpha())
    return frozenset(piece for piece in pieces if len(piece) >= PIECE_LETTERS)


def word_hash(word: str) -> int:
    """As in the lexicon's file: of two hundred thousand other words four are taken for one of it."""
    return crc32(word.encode())


def bases(word: str) -> frozenset[str]:
    """What a word may be a form of: itself, and itself without -s, -ed or -ing."""
    found = {word}
    if word in _irregular():
        found.add(_irregular()[word])
    for ending in ("ies", "ied"):
        if word.endswith(ending) and len(word) > 4:
            found.add(word[:-3] + "y")
    for ending in ("s", "es", "ed", "ing", "d"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            found |= {stem, stem + "e"} if ending in ("ing", "ed", "d") else {stem}
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[-3] in VOWELS and stem[-4] not in VOWELS:
                found.add(stem[:-1])
    return frozenset(found)


def one_word(first: str, second: str) -> bool:
    """Both are forms of one word."""
    return bool(bases(first) & bases(second))


def inflection_of(word: str) -> str:
    """The ending by which a word is inflected: "s", "ed" (also for irregular forms), "ing", or none."""
    for group in _IRREGULAR_FORMS:
        if word in group:
            return "ing" if word == group[-1] else "s" if word == group[1] else "" if word == group[0] else "ed"
    for ending, least in (("ing", 5), ("ed", 4), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith(("ss", "us", "is", "eed")):
            return ending
    return ""


def is_participle(word: str) -> bool:
    """The last form but one of an irregular verb: "built", "written"."""
    return word in _participles()


def is_base(word: str) -> bool:
    """A word that is known and a form of no other."""
    return word not in _irregular() and is_known(word) and not word.endswith(("s", "ed", "ing"))


def is_verb_form(word: str) -> bool:
    """A word that may be a verb in the present or past: an auxiliary, or a form of another word that does not end in -ing."""
    return word in _OTHERS or word in _irregular() or (word.endswith(("s", "ed")) and len(bases(word)) > 1)


def is_known(word: str) -> bool:
    """A word that is frequent or in WordNet, or a form of one: a word that is misspelled hardly ever is."""
    if word in _frequent():
        return True
    return any(word_hash(base) in _lexicon() for base in bases(word) if base == word or not _needs_doubling(word, base))


def is_derived(word: str) -> bool:
    """A comparative, or a verb done again, of a known word: WordNet lists neither. What is no word may look like one, so that this says
    nothing of a word that could be misspelled."""
    if word.startswith("re") and len(word) > 5 and is_known(word[2:]):
        return True
    for ending in ("er", "est"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and any(map(is_known, (stem, stem + "e", stem.removesuffix("i") + "y"))):
            return True
    return False


def _needs_doubling(word: str, base: str) -> bool:
    """Of "pen" "penning" is a form and "pening" is none."""
    short = len(base) == 3 and base[0] not in VOWELS and base[1] in VOWELS and base[2] not in "aeiouwxy"
    return short and word in (base + "ing", base + "ed")


def agrees(before: str, source: str, edit: str) -> bool:
    """`edit` is the form of the source's word that goes with the word before, where the source's own does not; or one of two forms of be,
    have and do that differ in person alone."""
    if any({source, edit} <= group for group in _BE):
        return True
    if source + "s" == edit or source + "es" == edit or source.removesuffix("y") + "ies" == edit:
        return before in _THIRD - {"this", "that"} or before in SEVERAL or is_plural_number(before)
    if edit + "s" == source or edit + "es" == source or edit.removesuffix("y") + "ies" == source:
        return before in _OTHERS - SEVERAL or before in SINGULAR
    return False


def is_plural_number(form: str) -> bool:
    """A number that its noun follows in the plural."""
    return form.isdigit() and form != "1" and not (len(form) == 4 and form[:2] in ("17", "18", "19", "20"))
