"""Writes each English word in one form: contractions apart, British spelling as American, common abbreviations in full."""

from __future__ import annotations

import re
from functools import cache

_PAIRS = """
aeroplane airplane|aeroplanes airplanes|aluminium aluminum|anaemia anemia|anaemic anemic|anaesthesia anesthesia|anaesthetic anesthetic
archaeology archeology|archaeological archeological|archaeologist archeologist|artefact artifact|artefacts artifacts|cosy cozy
catalogue catalog|catalogues catalogs|analogue analog|dialogue dialog|dialogues dialogs|monologue monolog|prologue prolog|epilogue epilog
centre center|centres centers|centred centered|theatre theater|theatres theaters|metre meter|metres meters|litre liter|litres liters
kilometre kilometer|kilometres kilometers|centimetre centimeter|centimetres centimeters|millimetre millimeter|millimetres millimeters
fibre fiber|fibres fibers|calibre caliber|sombre somber|spectre specter|lustre luster|meagre meager|sabre saber|ochre ocher|mitre miter
manoeuvre maneuver|manoeuvres maneuvers|manoeuvred maneuvered|manoeuvring maneuvering|defence defense|defences defenses|offence offense
offences offenses|pretence pretense|licence license|licences licenses|practise practice|practised practiced|practising practicing
draught draft|encyclopaedia encyclopedia|paediatric pediatric|paediatrics pediatrics|foetus fetus|foetal fetal|oestrogen estrogen
diarrhoea diarrhea|leukaemia leukemia|haemoglobin hemoglobin|haemorrhage hemorrhage|orthopaedic orthopedic|mediaeval medieval
grey gray|greys grays|plough plow|ploughs plows|ploughed plowed|tyre tire|tyres tires|programme program|programmes programs
mould mold|moulds molds|moustache mustache|pyjamas pajamas|sceptic skeptic|sceptical skeptical|scepticism skepticism|whilst while
amongst among|amidst amid|towards toward|afterwards afterward|backwards backward|forwards forward|upwards upward|downwards downward
learnt learned|burnt burned|dreamt dreamed|leapt leaped|spelt spelled|spilt spilled|maths math|sulphur sulfur|sulphate sulfate
sulphide sulfide|sulphuric sulfuric|ageing aging|judgement judgment|judgements judgments|acknowledgement acknowledgment|enrol enroll
enrols enrolls|enrolment enrollment|fulfil fulfill|fulfils fulfills|fulfilment fulfillment|instalment installment|skilful skillful
wilful willful|carcase carcass|doughnut donut|gaol jail|jewellery jewelry|woollen woolen|adviser advisor|advisers advisors
focussed focused|focussing focusing|benefitted benefited|biassed biased|kerb curb|cheque check|cheques checks
oesophagus esophagus|toxaemia toxemia|ischaemia ischemia|ischaemic ischemic|caesarean cesarean|naïve naive|café cafe|rôle role
façade facade|élite elite|résumé resume|coöperate cooperate|coöperation cooperation|behove behoove|cypher cipher|enquiry inquiry
enquiries inquiries|ok okay|alright all_right|thru through|tho though|til until|till until|vs versus|approx approximately
dept department|govt government|prof professor|dr doctor|mr mister|incl including|nr near|etc et_cetera|eg for_example|ie that_is
jan january|feb february|apr april|jun june|jul july|aug august|sept september|sep september|oct october|nov november|dec december
mon monday|tue tuesday|tues tuesday|wed wednesday|thu thursday|thur thursday|thurs thursday|fri friday|ca circa|fig figure|figs figures
"""
_DOTTED_ONLY = frozenset(
    "jan feb apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri fig figs ca nr eg ie prof".split()
)
_L_STEMS = """travel cancel label model signal level fuel dial tunnel channel counsel quarrel rival total marvel equal initial pedal shovel
snorkel spiral enamel bevel chisel funnel panel parcel pencil imperil snivel swivel jewel unravel grovel hovel libel duel""".split()
_DOUBLED = re.compile(rf"(?P<stem>{'|'.join(_L_STEMS)})l(?P<end>ed|ing|er|ers|ers|or|ors)")
_OUR = re.compile(
    r"(?P<stem>(?:mis|dis|un|re)?(?:arb|arm|behavi|cand|clam|col|demean|discol|endeav|enam|fav|ferv|harb|hon|hum|lab|neighb|od|parl"
    r"|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig|glam))our(?P<end>\w*)"
)
_ISE = re.compile(r"(?P<stem>\w{3,20})(?P<mid>[iy])s(?P<end>e|es|ed|er|ers|ing|ation|ations|ational|able)")
# Both halves of each can be said of a thing that is the one or the other, so "not possible" is "impossible".
_COMPLEMENTS = """
possible impossible|able unable|legal illegal|lawful unlawful|known unknown|clear unclear|necessary unnecessary|
complete incomplete|correct incorrect|accurate inaccurate|regular irregular|certain uncertain|common uncommon|
available unavailable|aware unaware|equal unequal|changed unchanged|used unused|affected unaffected|related unrelated|
finished unfinished|dependent independent|finite infinite|valid invalid|capable incapable|sufficient insufficient|
adequate inadequate|appropriate inappropriate|consistent inconsistent|perfect imperfect|practical impractical|probable improbable|
relevant irrelevant|reversible irreversible|logical illogical|legible illegible|limited unlimited|likely unlikely|usual unusual|
stable unstable|safe unsafe|willing unwilling|reliable unreliable|acceptable unacceptable|important unimportant|
successful unsuccessful|realistic unrealistic|fair unfair|true untrue|even uneven|reasonable unreasonable|
predictable unpredictable|familiar unfamiliar|popular unpopular|suitable unsuitable|active inactive|effective ineffective|
efficient inefficient|responsible irresponsible|rational irrational|mature immature|mortal immortal|moral immoral|
polite impolite|precise imprecise|proper improper|secure insecure|sensitive insensitive|significant insignificant|
tolerant intolerant|visible invisible|literate illiterate|eligible ineligible|compatible incompatible|convenient inconvenient|
direct indirect|formal informal|resolved unresolved|published unpublished|wanted unwanted|written unwritten|paid unpaid|
married unmarried|named unnamed|armed unarmed|connected unconnected|employed unemployed|expected unexpected|
interested uninterested|prepared unprepared|recorded unrecorded|restricted unrestricted|satisfied unsatisfied|solved unsolved|
supported unsupported|tested untested|touched untouched|trained untrained
"""


def _pairs(text: str) -> dict[str, str]:
    words = text.replace("|", " ").split()
    return dict(zip(words[::2], words[1::2], strict=True))


ONE_SPELLING = _pairs(_PAIRS)
COMPLEMENTS = {other: word for word, other in _pairs(_COMPLEMENTS).items()}
CONTRACTED = {
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "let's": ("let", "us"),
    "gonna": ("going", "to"),
    "ain't": ("ain't",),
}
ENDINGS = (("n't", "not"), ("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'m", "am"), ("'d", "'d"), ("'s", "'s"))
# Abbreviations whose dots are part of them. Those that a text defines itself are read from it (normal_form.py).
DOTTED = {
    "u.s.": ("united", "states"),
    "u.s.a.": ("united", "states", "of", "america"),
    "u.k.": ("united", "kingdom"),
    "u.n.": ("united", "nations"),
    "e.g.": ("for", "example"),
    "i.e.": ("that", "is"),
    "a.k.a.": ("also", "known", "as"),
}
CAPITALS = {"US": ("united", "states"), "USA": ("united", "states", "of", "america"), "UK": ("united", "kingdom")}

FUNCTION_WORDS = frozenset(
    """a an the and or but if then than so as at by for from in into of off on onto out over to up with within is are was were be been
    being am do does did done have has had having will would can could may might must shall should this that these those it its he she
    they them their his her we us our you your i my me who whom whose which what when where why how there here also very more most much
    many some any each every all both such other another one only just about after before between during through under again while
    because since until however therefore not no nor""".split()
)


@cache
def american(word: str) -> str:
    """A lower-case word in American spelling; other words as they are. Which of "a" and "an" stands says nothing."""
    if word == "an":
        return "a"
    if word in ONE_SPELLING and word not in _DOTTED_ONLY:
        return ONE_SPELLING[word]
    if len(word) < 5:
        return word
    if found := _OUR.fullmatch(word):
        return f"{found['stem']}or{found['end']}"
    if found := _DOUBLED.fullmatch(word):
        return found["stem"] + found["end"]
    if found := _ISE.fullmatch(word):
        return f"{found['stem']}{found['mid']}z{found['end']}"
    return word


def in_full(word: str, dotted: bool) -> tuple[str, ...]:
    """The words that a lower-case word with straight apostrophes stands for; `dotted` says that a full stop follows it."""
    if word in CONTRACTED:
        return CONTRACTED[word]
    for ending, stands_for in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return (american(word.removesuffix(ending)), stands_for)
    if word in COMPLEMENTS:
        return ("not", american(COMPLEMENTS[word]))
    if dotted and word in _DOTTED_ONLY:
        return tuple(ONE_SPELLING[word].split("_"))
    return tuple(american(word.strip("'") or word).split("_"))
