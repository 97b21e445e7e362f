"""The vocabulary of predicates: the one table of properties that are known, with their names at schema.org and Wikidata."""

from __future__ import annotations

from dataclasses import dataclass

from tierline.knowledge.measures import measure, unit_of
from tierline.knowledge.numerals import Quantity
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.values import read_value

MONEY = "money"  # in place of a unit, for amounts in any currency


@dataclass(frozen=True, slots=True)
class Property:
    """A property that claims can state.

    `name` is its predicate in claims; `schema` its terms at schema.org and `wikidata` its number there, "" where it has none. `type` is
    what its values are: `number`, `date`, `place`, `person`, `organization`, `name`, `currency`, `identifier` or `string`. `unit` is the
    unit that numbers are commonly given in, "" for counts. `functional`: it has one value at a time. `changes`: `yes` within years,
    `rarely` or `never`. `inverse` is the property that states the same from the other side. `labels` are other words for it.
    """

    name: str
    schema: tuple[str, ...]
    wikidata: str
    type: str
    unit: str = ""
    functional: bool = False
    changes: str = "never"
    inverse: str = ""
    labels: tuple[str, ...] = ()

    @property
    def has_states(self) -> bool:
        """Whether one value follows another in time."""
        return self.functional and self.changes == "yes"


# What "rarely" changes is decided as what never does: a difference there is far more often an error. A predicate that is not in the table
# neither changes nor has one value at a time, whatever its values. Words that only sometimes name a property are no labels of it: the
# president of a company is no head of state, and the density of gold is none of people.
#
# name | schema.org | Wikidata | type | unit | f: functional; c: changes within years, r: rarely | inverse | other labels
_TABLE = """
population |  | P1082 | number |  | fc |  | inhabitants, residents, number of inhabitants, total population, population total
area                |                    | P2046 | number       | km²   | fr |  | total area, area total, surface area
population density  |                    |       | number       | 1/km² | fc |  | density of population
elevation           | elevation          | P2044 | number       | m     | f  |  | height above sea level, altitude
height              | height             | P2048 | number       | m     | f  |  |
length              |                    | P2043 | number       | km    | f  |  | total length
width               | width              | P2049 | number       | m     | f  |  |
depth               | depth              | P4511 | number       | m     | f  |  | maximum depth, max depth
weight              | weight             | P2067 | number       | kg    | f  |  |
latitude            | latitude           |       | number       | °     | f  |  |
longitude           | longitude          |       | number       | °     | f  |  |
capacity            |                    | P1083 | number       |       | fr |  | seating capacity
employees           | numberOfEmployees  | P1128 | number       |       | fc |  | number of employees, workforce
students            | numStudents        | P2196 | number       |       | fc |  | number of students, enrollment
number of members   |                    | P2124 | number       |       | fc |  |
visitors            |                    | P1174 | number       |       | fc |  | number of visitors
pages               | numberOfPages      | P1104 | number       |       | f  |  | number of pages, page count
gdp                 |                    | P2131 | number       | money | fc |  | gross domestic product, nominal gdp
gdp per capita      |                    | P2132 | number       | money | fc |  |
hdi                 |                    | P1081 | number       |       | fc |  | human development index
unemployment rate   |                    | P1198 | number       | %     | fc |  | unemployment
inflation rate      |                    | P1279 | number       | %     | fc |  | inflation
life expectancy     |                    | P2250 | number       | year  | fc |  |
revenue             |                    | P2139 | number       | money | fc |  | turnover, total revenue
net income          |                    | P2295 | number       | money | fc |  | net profit, profit
total assets        |                    | P2403 | number       | money | fc |  | assets
net worth           | netWorth           | P2218 | number       | money | fc |  |
market capitalization |                  | P2226 | number       | money | fc |  | market cap
budget              |                    | P2769 | number       | money | fc |  |
price               | price              | P2284 | number       | money | fc |  |
founding date|foundingDate|P571|date| |f| |founded, established, inception, founded in, established in, date founded, date established
birth date          | birthDate          | P569  | date         |       | f  |  | born, date of birth, birthday
death date          | deathDate          | P570  | date         |       | f  |  | died, date of death
date built | dateBuilt |  | date |  | f |  | year built, built, built in, completed, year of construction
opening date        |                    | P1619 | date         |       | f  |  | opened, date opened, inaugurated
dissolution date    | dissolutionDate    | P576  | date         |       | f  |  | dissolved, disbanded, date dissolved
date published      | datePublished      | P577  | date         |       |    |  | publication date, published, first published
release date        | releaseDate        |       | date         |       |    |  | released, date released
birth place         | birthPlace         | P19   | place        |       | f  |  | place of birth, birthplace, born in
death place         | deathPlace         | P20   | place        |       | f  |  | place of death
capital             |                    | P36   | place        |       | fr | capital of | capital city, capital and largest city
capital of          |                    | P1376 | place        |       | r  | capital |
largest city        |                    |       | place        |       | fr |  |
continent           |                    | P30   | place        |       | f  |  |
country             | addressCountry     | P17   | place        |       | fr |  | sovereign state
region              | addressRegion      |       | place        |       |    |  |
county              |                    |       | place        |       | f  |  |
district            |                    |       | place        |       |    |  |
province            |                    |       | place        |       | f  |  |
state               |                    |       | place        |       | f  |  | federal state
municipality        |                    |       | place        |       | f  |  |
location            | location           | P276  | place        |       |    |  | located in, situated in
headquarters        |                    | P159  | place        |       | fr |  | headquarter, headquarters location, head office
currency            | currenciesAccepted | P38   | currency     |       | r  |  | official currency
official language   |                    | P37   | name         |       | r  |  | official languages
nationality         | nationality        | P27   | name         |       |    |  | citizenship
demonym             |                    | P1549 | name         |       |    |  |
time zone           |                    | P421  | name         |       | fr |  | timezone
occupation          | hasOccupation      | P106  | name         |       |    |  | profession
genre               | genre              | P136  | name         |       |    |  |
job title           | jobTitle           | P39   | string       |       | c  |  | position held
version             | softwareVersion    | P348  | string       |       | fc |  | software version, latest version, latest release
telephone           | telephone          | P1329 | string       |       | c  |  |
isbn                | isbn               | P212  | identifier   |       |    |  |
founder             | founder            | P112  | person       |       |    |  | founders, founded by, established by
author              | author             | P50   | person       |       |    |  | authors, written by
director            | director           | P57   | person       |       |    |  | directors, directed by
composer            | composer           | P86   | person       |       |    |  | composed by
architect           |                    | P84   | person       |       |    |  | designed by
inventor            |                    | P61   | person       |       |    |  | invented by
spouse              | spouse             | P26   | person       |       | c  | spouse | married to
mother              |                    | P25   | person       |       | f  |  |
father              |                    | P22   | person       |       | f  |  |
head of state       |                    | P35   | person       |       | fc |  |
head of government  |                    | P6    | person       |       | fc |  |
mayor               |                    |       | person       |       | fc |  |
president           |                    |       | person       |       | fc |  |
prime minister      |                    |       | person       |       | fc |  |
chancellor          |                    |       | person       |       | fc |  |
monarch             |                    |       | person       |       | fc |  |
ceo                 |                    | P169  | person       |       | fc |  | chief executive officer, chief executive
chairperson         |                    | P488  | person       |       | fc |  | chairman, chairwoman, chair
managing director   |                    | P1037 | person       |       | fc |  |
manager             |                    |       | person       |       | fc |  |
head coach          | coach              | P286  | person       |       | fc |  |
publisher           | publisher          | P123  | organization |       |    |  | published by
manufacturer        | manufacturer       | P176  | organization |       |    |  | made by, manufactured by
developer           |                    | P178  | organization |       |    |  | developers, developed by
owner               |                    | P127  | organization |       | fc |  | owned by
operator            |                    | P137  | organization |       | fc |  | operated by
parent organization | parentOrganization | P749  | organization |       | fc | subsidiary | parent company
subsidiary          | subOrganization    | P355  | organization |       | c  | parent organization | subsidiaries
employer            | worksFor           | P108  | organization |       | c  |  | works for
member of           | memberOf           | P463  | organization |       | c  |  |
density             |                    | P2054 | number       | kg/m³ | f  |  | mass density
melting point       |                    | P2101 | number       | K     | f  |  | melting temperature
boiling point       |                    | P2102 | number       | K     | f  |  | boiling temperature
atomic mass         |                    |       | number       | Da    | f  |  | relative atomic mass, atomic weight
atomic number       |                    | P1086 | string       |       | f  |  |
chemical symbol     |                    | P246  | string       |       | f  |  | element symbol
two letter country code |                | P297  | string       |       | f  |  | iso 3166 1 alpha 2, iso 3166 1 alpha 2 code
three letter country code |              | P298  | string       |       | f  |  | iso 3166 1 alpha 3, iso 3166 1 alpha 3 code
numeric country code |                   | P299  | string       |       | f  |  | iso 3166 1 numeric, iso 3166 1 numeric code
two letter language code |               | P218  | string       |       | f  |  | iso 639 1, iso 639 1 code
library language code |                  | P219  | string       |       |    |  | iso 639 2, iso 639 2 code
three letter language code |             | P220  | string       |       | f  |  | iso 639 3, iso 639 3 code
currency code       |                    | P498  | string       |       | f  |  | iso 4217, iso 4217 code
script code         |                    | P506  | string       |       | f  |  | iso 15924, iso 15924 code
calling code        |                    | P474  | string       |       |    |  | country calling code
top level domain    |                    | P78   | string       |       |    |  | internet tld
member              | member             | P527  | name         |       | c  |  | members
"""
_CHANGES = {"c": "yes", "r": "rarely"}


def _read(table: str) -> tuple[Property, ...]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().split("\n")]
    return tuple(
        Property(
            name, tuple(schema.split()), wikidata, kind, unit, "f" in marks, _CHANGES.get(marks[-1:], "never"), inverse,
            tuple(filter(None, labels.split(", "))),
        )
        for name, schema, wikidata, kind, unit, marks, inverse, labels in rows
    )  # fmt: skip


VOCABULARY = {one.name: one for one in _read(_TABLE)}
_BY_LABEL = {predicate_key(word): one for one in VOCABULARY.values() for word in (one.wikidata, *one.labels, *one.schema, one.name) if word}


def property_named(words: str) -> Property | None:
    """The property that a term or label is a name of, in whatever case, with or without a colon behind it; None for others."""
    return _BY_LABEL.get(predicate_key(words).rstrip(" :"))


def changes(predicate: str) -> bool:
    """Whether a property has other values at other times, within years."""
    known = property_named(predicate)
    return known is not None and known.changes == "yes"


def has_states(predicate: str) -> bool:
    """Whether a property has one value after another, so that values of different times do not contradict each other."""
    known = property_named(predicate)
    return known is not None and known.has_states


def is_functional(predicate: str) -> bool:
    """Whether a property has one value at a time."""
    known = property_named(predicate)
    return known is not None and known.functional


def fits(known: Property, value: str, language: str | None, as_data: bool = False) -> bool:
    """Whether a value is of the property's type: a number in a unit of its kind or without one, a date, a name, or other words.

    `as_data`: the value is a cell of data. Then a single point begins decimals (`read_value`), and a name need not begin with a capital.
    """
    read = read_value(value, known.name, language, as_data)
    if known.type == "number":
        unit = read.meaning.unit if isinstance(read.meaning, Quantity) else None
        if known.unit == MONEY and isinstance(read.meaning, Quantity) and read.meaning.is_money:
            return True
        return unit == "" or (bool(unit) and _base(unit) == _base(unit_of(known.unit)))
    if known.type in ("date", "identifier"):
        return read.type == known.type
    if known.type == "string":
        return read.type != "date"
    return read.type == "currency" or (read.type in ("name", "place", "person", "organization") and (as_data or value[:1].isupper()))


def _base(unit: str | None) -> str | None:
    """What units of one kind have in common; a unit that does not convert is of a kind of its own."""
    found = measure(unit) if unit else None
    return found.base if found else unit
