"""Words around the facts of generated pages: prose about a country in many wordings, the same in four languages, and filler."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

TOPICS = 7  # of TELLS that an honest page speaks about
_PLACE = re.compile(r"\{(\w)\}")
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
# What a page may tell beside its facts. {a|b} is one of both; other braces name what is told of the country.
TELLS: dict[str, tuple[str, ...]] = {
    "peak": (
        "{Climbers|Hikers|Visitors} who {like|love|seek} {heights|mountains} go to {peak_name}, {peak} {meters|metres|m} above the sea.",
        "At {peak} {meters|metres}, {peak_name} is {higher|taller} than {anything|any hill|all} around it.",
        "{The land rises|The country climbs|Its hills go up} to {peak} {m|meters} {at|on} {peak_name}.",
        "{Nothing|No summit|No point} {here|in {name}|in the country} {stands|lies} above {peak_name} ({peak} {m|meters}).",
    ),
    "river": (
        "{Boats|Barges|Freighters} {use|follow} the {river_name}, {a river of|which runs} {river} {km|kilometers|kilometres}.",
        "Over {river} {km|kilometers} the {river_name} {waters|drains|feeds} {fields|plains|farms} and {towns|villages|mills}.",
        "{Of its rivers|Among the rivers} the {river_name} is the longest{, with|: } {river} {km|kilometers}.",
        "{Floods|High water} of the {river_name} ({river} {km|kilometres} long) {worry|trouble} {farmers|towns} {each spring|every year}.",
    ),
    "rail": (
        "{Trains|Railways} {cover|serve} {rail} {km|kilometers|kilometres} of {track|line}{, mostly single track|, some of it electric|}.",
        "{Its|The} {rail network|railway} {has grown|extends} to {rail} {km|kilometers}.",
        "{One can cross|You can see much of} {the country|{name}} by {train|rail}: there {are|is a network of} {rail} {km|kilometers}.",
        "{Engineers|Builders} {laid|finished} {rail} {kilometers|km} of rails {here|in {name}} {over the years|in a century}.",
    ),
    "airports": (
        "{Planes|Flights} {land|arrive} at {airports} {airports|airfields}{, few of them large|, most of them small|}.",
        "{There are|One counts} {airports} airports {with a paved runway|in all|in its regions}.",
        "{Travelers|Guests|Visitors} {choose among|can use} {airports} {airports|airfields}.",
    ),
    "towns": (
        "{The {law|state} knows|It is divided into|Its map shows} {towns} {municipalities|communes}.",
        "{Local government|Local affairs} {is|are} in the hands of {towns} {municipalities|councils}.",
        "{Each of|All} {towns} {municipalities|districts} {elects|elect|choose} {a|their} {council|mayor}.",
    ),
    "forest": (
        "{Forests|Woods|Trees} {cover|grow on} {forest} percent of {the land|its soil|the country}.",
        "{About|Nearly|Some} {forest} percent of {name} {is|lies under} {forest|woodland}.",
        "{With|Having} {forest} percent {forest|woodland}, it {exports|sells} {timber|wood|paper}.",
    ),
    "law": (
        "{The|Its} {constitution|basic law} {dates from|was signed in|goes back to} {law}.",
        "{Since|From} {law} {on |}the country has {had a constitution|been ruled by its present constitution}.",
        "{Lawyers|Students of law} {read|study} the {constitution|charter} of {law}.",
    ),
    "visitors": (
        "{Hotels|Inns} {counted|reported} {visitors} {guests|visitors} {last year|in one year}.",
        "{Some|About} {visitors} {tourists|people} {come|travel here} {each|every} year.",
        "{Tourism|The travel trade} {brings|draws} {visitors} {visitors|guests} a year{, many by sea|, most in summer|}.",
    ),
    "coast": (
        "{The|Its} {shore|coast|coastline} {measures|extends for} {coast} {km|kilometers|kilometres}.",
        "{Fishing boats|Ferries|Sailors} {know|work along} {coast} {km|kilometers} of {coast|shore}.",
        "{With|On} {coast} {kilometers|km} of {coast|shore} there is {room for ports|no lack of beaches}.",
    ),
    "school": (
        "{Children|Pupils} {attend|go to} {school} {schools|primary schools}.",
        "{The state|The ministry} {runs|pays for} {school} schools{ and their teachers|, from first grade on|}.",
        "{Education|Teaching} {happens|is given} in {school} {schools|places}.",
    ),
}  # fmt: skip
# The same text in four languages, sentence by sentence.
TRANSLATED: dict[str, tuple[str, ...]] = {
    "en": (
        "The highest point of the country is {peak_name} with {peak} meters.", "The {river_name} is {river} kilometers long.",
        "The railways have a length of {rail} kilometers.", "There are {airports} airports and {towns} municipalities.",
        "Forests cover {forest} percent of the land.", "The constitution is of the year {law}.",
        "Every year {visitors} guests come, and the coast has {coast} kilometers.", "There are {school} schools.",
    ),
    "de": (
        "Der höchste Punkt des Landes ist {peak_name} mit {peak} Metern.", "Der Fluss {river_name} ist {river} Kilometer lang.",
        "Das Netz der Eisenbahn hat eine Länge von {rail} Kilometern.", "Es gibt {airports} Flughäfen und {towns} Gemeinden.",
        "Wälder bedecken {forest} Prozent der Fläche.", "Die Verfassung stammt aus dem Jahr {law}.",
        "Jedes Jahr kommen {visitors} Gäste, und die Küste misst {coast} Kilometer.", "Es gibt {school} Schulen.",
    ),
    "fr": (
        "Le point culminant du pays est {peak_name} avec {peak} mètres.", "Le fleuve {river_name} est long de {river} kilomètres.",
        "Les chemins de fer ont une longueur de {rail} kilomètres.", "On compte {airports} aéroports et {towns} communes.",
        "Les forêts couvrent {forest} pour cent du territoire.", "La constitution date de {law}.",
        "Chaque année viennent {visitors} visiteurs, et la côte mesure {coast} kilomètres.", "Il y a {school} écoles.",
    ),
    "es": (
        "El punto más alto del país es {peak_name} con {peak} metros.", "El río {river_name} tiene {river} kilómetros de largo.",
        "Los ferrocarriles tienen una longitud de {rail} kilómetros.", "Hay {airports} aeropuertos y {towns} municipios.",
        "Los bosques cubren el {forest} por ciento del territorio.", "La constitución es del año {law}.",
        "Cada año llegan {visitors} visitantes, y la costa mide {coast} kilómetros.", "Hay {school} escuelas.",
    ),
}  # fmt: skip
_RANGES = {
    "peak": (300, 6_900), "river": (110, 3_900), "rail": (120, 9_900), "airports": (11, 99), "towns": (104, 990), "forest": (10, 79),
    "law": (1_801, 1_999), "visitors": (101_000, 9_900_000), "coast": (110, 9_800), "school": (1_100, 9_900),
}  # fmt: skip
_SYLLABLES = "bel dor ka lim mar no pel ra sta tor ul ven zi gar hol".split()
_GROUPING = {"en": ",", "de": ".", "fr": "\u202f", "es": "."}
_FRAMES = (
    "the {a} {n} of the {n} {v} a {n} in the {n}",
    "a {n} with a {a} {n} {v} the {n} from the {n}",
    "when the {n} {v} the {n}, a {a} {n} {v} the {n}",
    "near the {n} and the {a} {n}, the {n} {v} a {n}",
    "to the {a} {n} the {n} {v} the {n} that a {n} {v}",
    "every {n} {v} the {a} {n}, and the {n} of the {n} {v} it",
)
_WORDS = {
    "n": (
        "boat bread bridge camera city clerk coffee copper corner cousin doctor evening family field friend garden glass guitar harbor "
        "house kitchen lamp library market member morning museum neighbor office orchard painter paper piano plant platform poet reader "
        "road roof sailor school shelf station stone story street summer table tailor teacher tower town tree tunnel village visitor "
        "wall weaver window winter wood yard"
    ).split(),
    "a": (
        "big blue bright calm careful cold dark dry early empty famous green large late little long narrow new old plain quiet red small "
        "warm"
    ).split(),
    "v": (
        "admired built brought carried cleaned crossed described found followed kept left liked lost mended moved opened painted passed "
        "praised reached remembered saw showed sold stored visited watched"
    ).split(),
}


def told_of(code: str) -> dict[str, str | int]:
    """What pages may tell of a country beside its facts: invented, but the same on all pages."""
    chance = random.Random(f"told/{code}")
    found: dict[str, str | int] = {name: chance.randint(*bounds) for name, bounds in _RANGES.items()}
    return found | {name: "".join(chance.choices(_SYLLABLES, k=3)).title() for name in ("peak_name", "river_name")}


def own_prose(name: str, code: str, chance: random.Random) -> str:
    """A text of its own: some topics in any order, each in one of many wordings."""
    values = {"name": name} | _written(told_of(code), "en")
    sentences = [chosen(chance.choice(TELLS[topic]), values, chance) for topic in chance.sample(list(TELLS), TOPICS)]
    return " ".join(sentences)


def translated_prose(name: str, code: str, language: str) -> str:
    """The one text that is translated."""
    return " ".join(sentence.format(name=name, **_written(told_of(code), language)) for sentence in TRANSLATED[language])


def filler(words: int, chance: random.Random) -> str:
    """A text of so many words that says nothing, in sentences: detectors of odd text take words in any order for what it is not."""
    found: list[str] = []
    while len(found) < words:
        said = _PLACE.sub(lambda place: chance.choice(_WORDS[place[1]]), chance.choice(_FRAMES))
        found += f"{said[0].upper()}{said[1:]}.".split()
    return f"{' '.join(found[:words]).rstrip(',.')}." if words > 0 else ""


def chosen(text: str, values: Mapping[str, str], chance: random.Random) -> str:
    """A text with its values, and one of the alternatives in each pair of braces, inner ones first."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    while match := _CHOICE.search(text):
        text = text[: match.start()] + chance.choice(match[1].split("|")) + text[match.end() :]
    return text


def _written(values: Mapping[str, str | int], language: str) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else str(value) if value < 10_000 else f"{value:,}".replace(",", _GROUPING[language])
        for name, value in values.items()
    }


def parted(text: str, sizes: Sequence[int]) -> list[str]:
    """Parts of so many words each, from the start."""
    words, parts = text.split(), list[str]()
    for size in sizes:
        parts.append(" ".join(words[:size]))
        words = words[size:]
    return parts
