"""Kinds of things by what is stated of them: what a table puts together, and what may be asked of a thing without an answer."""

from __future__ import annotations

from collections.abc import Iterable

_PLACES = (
    "population, area, population density, elevation, latitude, longitude, time zone, demonym, founding date, country, region, location"
)

# Kind -> the properties that are stated of it, a general one before those that have more. A choice, made by reading the vocabulary.
_KINDS = {
    "place": f"""{_PLACES}, county, district, province, state, municipality, mayor, capital of, capital, largest city, length, width, depth,
        height""",
    "country": f"""{_PLACES}, capital, largest city, continent, currency, official language, gdp, gdp per capita, hdi, unemployment rate,
        inflation rate, life expectancy, head of state, head of government, president, prime minister, chancellor, monarch, budget,
        member of""",
    "person": """birth date, birth place, death date, death place, nationality, occupation, spouse, mother, father, employer, job title,
        height, weight, net worth, member of, genre, country""",
    "organization": """founding date, founder, headquarters, employees, revenue, net income, total assets, market capitalization, ceo,
        chairperson, managing director, parent organization, subsidiary, owner, operator, telephone, location, country, dissolution date,
        number of members, students, president, member, member of, manager, head coach, budget""",
    "work": """author, director, composer, publisher, developer, date published, release date, genre, pages, isbn, price, version, country,
        inventor, manufacturer""",
    "building": """height, length, width, capacity, date built, opening date, architect, owner, operator, visitors, location, country,
        elevation""",
}

# What only some things of a kind have: who asks for it takes for granted that this one does.
_OF_SOME = """monarch, chancellor, president, prime minister, death date, death place, spouse, parent organization, dissolution date,
    manager, head coach, chairperson, managing director, owner, operator, county, district, province, state, mother, father, net worth,
    students, number of members, capital, depth, width, length, country, region, location"""


def _listed(names: str) -> frozenset[str]:
    return frozenset(" ".join(names.split()).split(", "))


KINDS = {kind: _listed(names) for kind, names in _KINDS.items()}
OF_SOME = _listed(_OF_SOME)


def kinds_of(stated: Iterable[str]) -> tuple[str, ...]:
    """The kinds of which all of these properties are stated; none of nothing."""
    properties = set(stated)
    return tuple(kind for kind, own in KINDS.items() if properties and properties <= own)
