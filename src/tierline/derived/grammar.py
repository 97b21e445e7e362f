"""As much English as questions need: verbs with their forms, subjects that can be named alone, numbers and dates."""

from __future__ import annotations

import re
from functools import cache

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.pieces import MONTHS
from tierline.operations.dictionary import is_common

_REGULAR = """accept access achieve activate add adjust affect allow analyze answer appear append apply approve arrange ask assign attract
avoid belong browse calculate call cancel carry cause change check claim clean clear click close collect combine compare compile compute
configure confirm connect consider contain continue control convert copy correct count cover create declare define delete deliver depend
describe design destroy determine develop disable discover display divide download drag earn edit emit employ enable encode end enforce
ensure enter establish estimate evaluate execute exist expand expect explain export express extend extract fetch fill filter finish fix
follow force form format found generate graduate group guarantee handle happen help hide identify ignore illustrate implement import
improve include increase indicate inform initialize insert install introduce invent invite invoke issue join keep launch limit link list
load locate lock log look maintain manage map mark match measure merge mount move name need note obtain occur offer open operate order
organize override overwrite own pack parse perform pick place plan play point prepare present preserve press prevent print process
produce protect provide publish query raise reach receive recognize record reduce refer register remain remove rename render repeat
replace report represent request require reset resize resolve restart restore restrict result retain retire retrieve return reverse
rotate save scan schedule search select serve share show simplify sort specify split start stay stop store submit suggest supply support
suppress switch sync tell transfer transform translate transmit try turn type unlock update upgrade upload use validate vary verify view
visit wait walk want warn wish work wrap type touch grant mix moisten knead heat stir pour bake cut peel wash dry boil serve season chop
lend lift employ marry die live attract erect construct rebuild found demolish destroy acquire enlarge renovate inaugurate dissolve sign
compose paint direct record film premiere release abolish appoint elect""".split()
_IRREGULAR = {
    "be": "was", "become": "became", "begin": "began", "bring": "brought", "build": "built", "buy": "bought", "choose": "chose",
    "come": "came", "do": "did", "draw": "drew", "fall": "fell", "find": "found", "get": "got", "give": "gave", "go": "went",
    "grow": "grew", "have": "had", "hold": "held", "keep": "kept", "lead": "led", "leave": "left", "let": "let", "lie": "lay",
    "lose": "lost", "make": "made", "mean": "meant", "meet": "met", "pay": "paid", "put": "put", "read": "read", "rise": "rose",
    "run": "ran", "say": "said", "see": "saw", "sell": "sold", "send": "sent", "set": "set", "show": "showed", "spend": "spent",
    "stand": "stood", "take": "took", "teach": "taught", "win": "won", "write": "wrote",
}  # fmt: skip
VERBS = frozenset(_REGULAR) | frozenset(_IRREGULAR)
_DOUBLED = frozenset("map drag log format emit submit split wrap plan stop get let put run set begin cut win chop stir".split())
_OPEN = ("format", "visit", "edit", "limit")  # of several syllables, the last not stressed
PARTICIPLE = (
    r"(?:[a-z]{3,20}ed|built|made|written|held|born|set|founded|drawn|given|taken|found|sold|sent|known|grown|begun|laid|led|"
    r"won|lost|put|shown|chosen|rebuilt|cut)"
)
_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
    "thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen"
).split()
_WORD_NUMBER = rf"(?:{'|'.join(_NUMBER_WORDS)})"
NUMBER = (
    rf"(?:(?:a|{_WORD_NUMBER}|\d{{1,4}})(?:[ -](?:and )?{_WORD_NUMBER}){{1,4}}|{_WORD_NUMBER}|"
    rf"\d{{1,3}}(?:,\d{{3}}){{1,4}}|\d{{1,12}}(?:\.\d{{1,6}})?)"
)
HEDGE = (
    r"(?:(?:about|around|approximately|roughly|nearly|almost|over|more than|less than|fewer than|at least|"
    r"at most|up to|only|exactly|some) )?"
)
_MONTH = rf"(?:{'|'.join(MONTHS)})"
YEAR = r"(?:1[0-9]\d\d|20\d\d)"
DATE = rf"(?:(?:\d{{1,2}} {_MONTH},? {YEAR})|(?:{_MONTH} \d{{1,2}}, {YEAR})|(?:{_MONTH} {YEAR})|{YEAR})(?![\w-]|\.\d|,\d)"
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_IN_SUBJECT = frozenset(
    """that which who whose whom if when where while because since until unless although though whether is are was were be been being
    has have had do does did can could will would shall should may might must cannot not but than as how what why you we i it they
    he she your our my its their his her them us me this these those such there here last tonight's today's all some many most
    each every any both another one none nothing something following above below previous next former latter same other others
    it's that's so then also only just even no either neither thus however therefore now once after before during""".split()
)
_NOT_FIRST = frozenset(
    """in on at by for from with without to of into onto upon under over through between among about against like unlike per via
    despite besides except instead according together along note see both and or yet again later today yesterday finally first second
    third usually often sometimes typically generally normally please well given according whatever whichever whoever whenever wherever
    however""".split()
)
_AUXILIARY = frozenset("is are was were has have had can could may might must shall should will would does did cannot do".split())
_TOLD = frozenset("Please For To Additionally Note Don't Do Never Always".split())
SUBJECT_WORDS = 8
SUBJECT = r"(?P<subject>[\"“‘`(]?[^\W_a-z][^,.;:!?\n]{0,80}?|[\"“‘`]?[a-z][\w.:()/-]{1,40})"  # checked by is_subject


def is_subject(words: str) -> bool:
    """Whether the words before a verb name something by themselves: no pronoun, clause, adverb or preposition phrase."""
    parts = words.split()
    if not 1 <= len(parts) <= SUBJECT_WORDS or words.count("(") != words.count(")") or words.count("“") != words.count("”"):
        return False
    lowered = [part.lower().strip('"“”‘’`()') for part in parts]
    if any(part in _NOT_IN_SUBJECT for part in lowered) or lowered[0] in _NOT_FIRST:
        return False
    if (lowered[0] in ("the", "a", "an") and len(lowered) == 1) or lowered[-1] in FUNCTION_WORDS or lowered[-1].endswith("ly"):
        return False
    return not (lowered[0].endswith("ly") or (lowered[0] in VERBS and len(lowered) > 1 and lowered[1] in ("the", "a", "an", "your")))


def in_sentence(words: str) -> str:
    """A subject or clause that began a sentence, as it stands within one: a first word that people write small becomes small."""
    first, _, rest = words.partition(" ")
    begins_name = rest[:1].isupper() and first.lower() not in FUNCTION_WORDS
    small = first.lower()
    known = is_common(small) or (small.endswith("s") and is_common(small[:-1]))
    is_small = first == "A" or (first[:1].isupper() and first[1:].islower() and not begins_name and known)
    return small + words[len(first) :] if is_small else words


@cache
def _forms() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """(third person, past, gerund) -> infinitive."""
    third: dict[str, str] = {"has": "have", "does": "do"}
    past = {form: base for base, form in _IRREGULAR.items()}
    gerund: dict[str, str] = {}
    for base in VERBS:
        third[_with_s(base)] = base
        if base not in _IRREGULAR:
            past[_with(base, "ed")] = base
        gerund[_with(base, "ing")] = base
    return third, past, gerund


def infinitive(word: str, form: str) -> str:
    """Of a verb that we know in the form `third`, `past` or `gerund`; "" for any other word."""
    third, past, gerund = _forms()
    return {"third": third, "past": past, "gerund": gerund}[form].get(word.lower(), "")


def _with_s(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def _with(base: str, ending: str) -> str:
    if base.endswith("ie"):
        return base[:-2] + "y" + ending if ending == "ing" else base + "d"
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        return base[:-1] + ending
    if base.endswith("y") and ending == "ed" and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    if base in _DOUBLED and base not in _OPEN[1:]:
        return base + base[-1] + ending
    return base + ending


def without_capitals(words: str) -> str:
    """A heading in which nearly every word has a capital, with common words in small letters."""
    parts = words.split(" ")
    if sum(part[:1].isupper() for part in parts[1:]) < 0.6 * len(parts[1:]):
        return words
    return " ".join(part.lower() if part[1:].islower() and is_common(part.lower()) else part for part in parts)


def states(sentence: str) -> bool:
    """Whether a sentence has a verb that goes with a subject, and does not begin with one that tells somebody to do something."""
    words = sentence.split()
    if words[0] in _TOLD or (words[0].lower() in VERBS and words[0][:1].isupper()):
        return False
    return any(word in _AUXILIARY or infinitive(word, "third") or infinitive(word, "past") for word in words[1:])
