"""Says which English words may stand for one another nearly everywhere: those of a short list, and words of one first meaning."""

from __future__ import annotations

from functools import cache

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.inflection import bases, inflection_of, synonyms_of_lexicon, word_hash
from tierline.editing.reasons import KINDS

_GROUPS = """
reply answer respond|obtain get acquire|require need|repair fix mend|huge enormous immense gigantic|fortunate lucky|entire whole
|buy purchase|gift present|crucial vital essential|famous renowned celebrated|beautiful lovely|wealthy rich affluent|permit allow
|clever intelligent smart|freedom liberty|illness disease sickness|speak talk|vacant empty|quick fast rapid swift
|quickly fast rapidly swiftly|previous prior|yearly annual|depart leave|aid help assist|error mistake|shop store|film movie
|car automobile|physician doctor|attempt try|choose select|big large|begin start commence|finish complete|pupil student|sick ill
|show demonstrate|occur happen|residence home|kind type sort|beat defeat|restroom toilet lavatory|sofa couch|construct build erect
|lawyer attorney|propose suggest|use utilize employ|keep retain|obvious evident apparent|mainly chiefly primarily|almost nearly
|roughly approximately|frequently often|rarely seldom|sometimes occasionally|perhaps maybe|further additional extra|numerous many
|difficult hard|infant baby|stone rock|forest woods|job occupation|tale story|country nation|discuss debate|observe notice
|collect gather|produce make manufacture|end conclude|connect link|divide separate|get receive|discover find
|method way|area region|especially particularly|exclusively solely|immediately instantly|subsequently later afterward
|initially originally|photo photograph|phone telephone|plane airplane|ad advertisement|exam examination|lab laboratory
|flat apartment|truck lorry|garbage rubbish trash|sidewalk pavement|railroad railway|cinema theater"""
_KEPT = FUNCTION_WORDS.union(*KINDS.values())  # what these say is weighed word by word


@cache
def _group_of() -> dict[str, frozenset[int]]:
    groups: dict[str, frozenset[int]] = {}
    for number, group in enumerate(_GROUPS.split("|")):
        for word in group.split():
            groups[word] = groups.get(word, frozenset()) | {number}
    return groups


def are_synonyms(first: str, second: str) -> bool:
    """Both words say the same in the same grammatical form: "finished" and "completed", but not "finished" and "completes"."""
    if first == second or inflection_of(first) != inflection_of(second):
        return False
    return any(_of_one_group(one, other) or _of_one_synset(one, other) for one in bases(first) for other in bases(second))


def _of_one_group(one: str, other: str) -> bool:
    none: frozenset[int] = frozenset()
    return bool(_group_of().get(one, none) & _group_of().get(other, none))


def _of_one_synset(one: str, other: str) -> bool:
    """The first meaning of both is the same synset of WordNet, in the part of speech in which each is used most."""
    if one in _KEPT or other in _KEPT:
        return False
    first, second = sorted((word_hash(one), word_hash(other)))
    return first << 32 | second in synonyms_of_lexicon()
