"""Says what kind of thing a type of schema.org is, so that two things of one name can be told apart: a country, a state, a film, a book."""

from __future__ import annotations

from functools import lru_cache

from tierline.knowledge.node_values import local_name

TYPES_KEPT = 1 << 12
COUNTRY = "place/country"
PAGE = "page"
Kinds = tuple[str, ...]  # paths from the general to the special; one of several alternatives; empty where nothing is known

# kind: types. A type in two lines may be either. What could be one thing by two pages (a company and an organization, a product and its
# brand, or the book that it is) is not told apart; a city and a state, a film and a book are.
_TABLE = """
place: Place AdministrativeArea TouristAttraction TouristDestination DefinedRegion GeoShape
place/country: Country
place/state: State
place/city: City
place/continent: Continent
place/landform: Landform
place/landform/mountain: Mountain Volcano
place/landform/water: BodyOfWater RiverBodyOfWater LakeBodyOfWater SeaBodyOfWater OceanBodyOfWater Reservoir Canal Pond Waterfall
place/structure: CivicStructure LandmarksOrHistoricalBuildings Residence House ApartmentComplex Park Bridge Airport Museum Stadium
place/structure: StadiumOrArena Library Zoo Beach Cemetery Aquarium TrainStation BusStation Accommodation Hotel Restaurant LocalBusiness
place/structure: Store LodgingBusiness FoodEstablishment Hospital PlaceOfWorship Church Mosque
organization: Organization Corporation NGO NewsMediaOrganization EducationalOrganization CollegeOrUniversity School GovernmentOrganization
organization: Airline Consortium MedicalOrganization ResearchOrganization Project OnlineBusiness OnlineStore Brand Museum Library Zoo Hotel
organization: Restaurant LocalBusiness Store LodgingBusiness FoodEstablishment Hospital PlaceOfWorship Church Mosque WorkersUnion Airport
organization/team: SportsTeam SportsOrganization
organization/group: PerformingGroup MusicGroup TheaterGroup DanceGroup
person: Person Patient
work: CreativeWork Product
work/book: Book BookSeries
work/film: Movie
work/series: TVSeries CreativeWorkSeries RadioSeries PodcastSeries
work/music/album: MusicAlbum MusicRelease
work/music/track: MusicRecording
work/music/composition: MusicComposition
work/game: Game VideoGame
work/software: SoftwareApplication MobileApplication WebApplication VideoGame
work/software/code: SoftwareSourceCode
work/art: VisualArtwork Painting Sculpture Photograph
work/dataset: Dataset
work/recipe: Recipe
work/course: Course
work/paper: ScholarlyArticle MedicalScholarlyArticle Thesis
product: Product ProductModel ProductGroup IndividualProduct Vehicle Car Motorcycle Drug Brand
event: Event Festival
"""
# Ends of the names of types that the table leaves out.
_ENDINGS = (
    ("event", ("event",)), ("bodyofwater", ("place/landform/water",)), ("organization", ("organization",)),
    ("store", ("place/structure", "organization")), ("business", ("place/structure", "organization")),
    ("page", (PAGE,)), ("website", (PAGE,)), ("article", (PAGE,)), ("posting", (PAGE,)),
)  # fmt: skip


def _read(table: str) -> dict[str, Kinds]:
    found: dict[str, Kinds] = {}
    for line in table.strip().split("\n"):
        kind, _, types = line.partition(": ")
        for name in types.split():
            found[name.casefold()] = (*found.get(name.casefold(), ()), kind)
    return found


_KINDS = _read(_TABLE)


@lru_cache(maxsize=TYPES_KEPT)
def kinds_of(type_name: str | None) -> Kinds:
    """The kinds of which a thing of this type is one; empty for a type that tells nothing, such as `Thing`."""
    name = local_name(type_name or "").casefold()
    return _KINDS.get(name) or next((kinds for ending, kinds in _ENDINGS if name.endswith(ending)), ())


def are_compatible(one: Kinds, other: Kinds) -> bool:
    """Whether one thing can be of both: one kind is the other, or a special case of it, or is not known."""
    return not one or not other or any(is_within(here, there) or is_within(there, here) for here in one for there in other)


def is_within(kind: str, general: str) -> bool:
    """Whether a kind is another or a special case of it."""
    return kind == general or kind.startswith(f"{general}/")
