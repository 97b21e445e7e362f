"""Names what a change that is not allowed did, by the kind of the words that are lost and added."""

from __future__ import annotations

from collections.abc import Sequence

from tierline.editing.number_words import is_number

NEGATIONS = frozenset(
    """not no never none nobody nothing neither nor nowhere without hardly scarcely barely rarely seldom fail fails failed lack lacks
    lacked refuse refuses refused deny denies denied unable""".split()
)
KINDS: dict[str, frozenset[str]] = {
    "negations": NEGATIONS,
    "modality": frozenset("can could may might must shall should will would ought need needs needed has_to able allowed required".split()),
    "hedges": frozenset(
        """~ about perhaps maybe possibly probably likely apparently seemingly allegedly reportedly presumably roughly nearly almost
        approximately mostly mainly largely usually often sometimes generally typically occasionally suggest suggests suggested seem seems
        seemed appear appears appeared potentially supposedly relatively somewhat partly""".split()
    ),
    "conditions": frozenset("if unless provided providing assuming whether otherwise except only_if when whenever as_long".split()),
    "quantifiers": frozenset("all every each some many most few several any both half only majority none always".split()),
    "comparison": frozenset("> < >= <= more less fewer most least than better worse higher lower larger smaller greater equal".split()),
    "direction": frozenset(
        """from to into out up down above below over under north south east west left right rose fell increased decreased rise fall increase
        decrease grew shrank gained lost upward downward toward away""".split()
    ),
    "time": frozenset("before after until since during while then later earlier previously afterward first last next ago now".split()),
    "cause": frozenset("because so therefore thus hence cause causes caused due owing result consequently despite although but".split()),
    "attribution": frozenset(
        """said says say according claim claims claimed state states stated argue argues argued report reports reported wrote writes
        believe believes believed think thinks thought announced told""".split()
    ),
}


def reason(lost: Sequence[str], added: Sequence[str], names: bool, moved: bool, quoted: bool) -> str:
    """The rule that the change broke. `names` says that a name is among its words, `moved` that they stand elsewhere in the other text."""
    words = [*lost, *added]
    if moved:
        return "order"
    if any(is_number(word) or word.startswith("unit:") for word in words):
        return "numbers"
    if (kind := "negations") and any(word in KINDS[kind] for word in words):
        return kind
    if names:
        return "names"
    if quoted:
        return "quotations"
    for kind, members in KINDS.items():
        if any(word in members for word in words):
            return kind
    if not added:
        return "lost_content"
    return "words" if lost else "new_claims"
