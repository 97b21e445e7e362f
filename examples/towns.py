"""Invented towns and true statements about them: the facts that several sites of the bundled crawl state in different words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """A town; `features` name paragraphs of features.py."""

    name: str
    founded: int
    founder: str
    river: str
    population: int
    elevation: int
    features: tuple[str, str, str, str]


_ROWS = """
Harborlight|1612|Maren Solberg|Elva|18450|12|lighthouse ferry salt library
Brannock|1287|Tomas Reyes|Dorn|7320|284|beekeeping mill wolves school
Velmora|1431|Ines Calder|Sarn|52110|65|glass carnival bridge hospital
Osterby|1549|Nils Ekman|Lisa|9875|31|windmill tea storks snow
Quillford|1178|Edmund Hale|Wend|13640|98|paper owls printing cheese
Tarnhollow|1703|Agnes Moor|Keld|2190|412|mine railway peat trout
Saltmere|1344|Joana Pinto|Mira|21780|4|harbour sailing maps salt
Kestrelby|1826|Otto Lind|Aske|5460|207|observatory snow orchard violin
Dunmarrow|1265|Fiona Grant|Tay|3980|331|wolves weaving peat clock
Lindenau|1392|Karl Weber|Isa|34200|143|theatre tram bread hospital
Port Ansel|1655|Lucas Moreau|Rive|61250|8|ferry harbour lighthouse tea
Greywick|1498|Alice Thorne|Ouse|11930|77|clock library bread owls
Maplecross|1841|Samuel Reed|Fenn|8740|256|orchard school railway storks
Stonehaven Falls|1734|Ruth Abbot|Garn|4615|389|trout bridge paper pottery
Elderfield|1210|Hugh Marsh|Ald|6105|121|cheese windmill beekeeping mill
Corvane|1580|Bianca Rossi|Arno|27340|54|violin carnival theatre glass
Nordhaven|1467|Astrid Dahl|Skel|15520|6|sailing observatory snow maps
Willowmere|1759|Peter Lange|Sorb|10280|88|pottery weaving hospital storks
Ashgrove|1325|Clara Benn|Lyd|3450|176|printing tram orchard school
Redcliff Bay|1688|Martin Cole|Exe|19870|15|maps lighthouse mine trout
"""


def _parse(line: str) -> Town:
    name, founded, founder, river, population, elevation, features = line.split("|")
    first, second, third, fourth = features.split()
    return Town(name, int(founded), founder, river, int(population), int(elevation), (first, second, third, fourth))


TOWNS = tuple(_parse(line) for line in _ROWS.strip().split("\n"))
