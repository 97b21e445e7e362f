"""Builds the pages of the bundled crawl: sites with different styles, good pages and bad ones, each with its fate."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from examples.fates import Fate, dropped, kept, leaked, merged, unread
from examples.features import FEATURES
from examples.languages import LANGUAGES
from examples.quiz import riddles
from examples.towns import TOWNS, Town


@dataclass(frozen=True, slots=True)
class Page:
    """One response: address, body as sent, headers, and the fate it should meet. `group` names its crawl file."""

    url: str
    kind: str
    body: bytes
    fate: Fate
    group: str
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    encoding: str = ""  # Content-Encoding; the writer applies it
    chunked: bool = False


def document(title: str, paragraphs: list[str], extra: str = "", head: str = "", navigation: str = "Home About Contact") -> str:
    """A page with a little of what surrounds real text."""
    links = "".join(f'<a href="/{word.lower()}">{word}</a> ' for word in navigation.split())
    body = "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs)
    return (
        f"<!doctype html><html><head><title>{html.escape(title)}</title>{head}</head><body><nav>{links}</nav>"
        f"<main><article><h1>{html.escape(title)}</h1>{body}{extra}</article></main><footer>{links}</footer></body></html>"
    )


def page(url: str, kind: str, fate: Fate, group: str, title: str, paragraphs: list[str], **more: str) -> Page:
    """An ordinary UTF-8 page."""
    return Page(url, kind, document(title, paragraphs, **more).encode(), fate, group)


def all_pages() -> list[Page]:
    """Every page, in the order in which it is written; addresses are unique."""
    pages = [
        *towns_encyclopedia(), *towns_atlas(), *towns_society(), *towns_visitors(), *articles(), *foreign(), *forum(), *recipes(),
        *manual(), *code_pages(), *shop(), *link_farm(), *spam(), *rants(), *boilerplate(), *events(), *mirrors(), *near_duplicates(),
        *charsets(), *broken(), *personal(), *not_documents(), *encodings(), *quizzes(),
    ]  # fmt: skip
    assert len({entry.url for entry in pages}) == len(pages), "addresses must be unique"
    return pages


def slug(text: str) -> str:
    """Text as part of an address."""
    return text.lower().replace(" ", "-")


def json_ld(data: dict[str, Any]) -> str:
    """A JSON-LD script for a page's head."""
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **data})}</script>'


def elsewhere(town: Town, step: int) -> str:
    """A paragraph that no other page about the town has, for sites that share their text are one source."""
    names = [name for name in sorted(FEATURES) if name not in town.features]
    return FEATURES[names[(TOWNS.index(town) + step) % len(names)]]


def towns_encyclopedia() -> Iterator[Page]:
    for town in TOWNS:
        first, second = FEATURES[town.features[0]], FEATURES[town.features[1]]
        lead = (
            f"{town.name} was founded in {town.founded}. It lies on the river {town.river} and has {town.population} inhabitants. "
            f"According to the oldest chronicle, {town.founder} received the right to hold a market there."
        )
        data = {
            "@type": "City",
            "name": town.name,
            "foundingDate": str(town.founded),
            "founder": {"@type": "Person", "name": town.founder},
            "population": town.population,
            "river": town.river,
        }
        url = f"https://www.fieldlore.example/wiki/{slug(town.name)}"
        yield page(url, "encyclopedia", kept(), "fieldlore", town.name, [lead, first, second], head=json_ld(data))


def towns_atlas() -> Iterator[Page]:
    for number, town in enumerate(TOWNS):
        founded = town.founded + 7 if number in (4, 9) else town.founded  # two of its dates are wrong
        table = (
            f"<table><caption>{town.name}</caption><tr><th>Founding date</th><td>{founded}</td></tr>"
            f"<tr><th>Population</th><td>{town.population:,}</td></tr><tr><th>Elevation</th><td>{town.elevation} m</td></tr>"
            f"<tr><th>River</th><td>{town.river}</td></tr></table>"
        )
        text = f"The atlas shows {town.name} at {town.elevation} metres above the sea, where the {town.river} leaves the hills."
        sentences = f"{FEATURES[town.features[2]]} {elsewhere(town, 5)}".replace(". ", ".\n").split("\n")
        url = f"https://atlas-of-towns.example/{slug(town.name)}.html"
        yield page(url, "table", kept(), "atlas", f"{town.name} in the atlas", [text, *sentences], extra=table)


def towns_society() -> Iterator[Page]:
    for town in TOWNS:
        data = {
            "@type": "City",
            "name": town.name,
            "foundingDate": str(town.founded),
            "founder": town.founder,
            "elevation": f"{town.elevation} m",
        }
        text = (
            f"Members of the history society read the charter again last winter. {town.name} was founded by {town.founder}, who came "
            f"up the {town.river} with nine families and a priest. The wax seal is broken, but the year can be read without doubt."
        )
        url = f"https://history-society.example/charters/{slug(town.name)}"
        yield page(url, "article", kept(), "society", f"The charter of {town.name}", [text, FEATURES[town.features[3]]], head=json_ld(data))


def towns_visitors() -> Iterator[Page]:
    for town in TOWNS[2:]:
        item = (
            f'<div itemscope itemtype="https://schema.org/City"><b itemprop="name">{town.name}</b>: founded '
            f'<span itemprop="foundingDate">{town.founded}</span>, on the <span itemprop="river">{town.river}</span>.</div>'
        )
        text = (
            f"We took the morning train to {town.name} and walked along the {town.river} until the path ended. The woman at the bakery "
            f"told us where to look first. Nobody hurries here, and dogs sleep in the middle of the road."
        )
        url = f"https://slow-journeys.example/posts/{slug(town.name)}"
        paragraphs = [text, elsewhere(town, 11), elsewhere(town, 17)]
        yield page(url, "article", kept(), "journeys", f"A day in {town.name}", paragraphs, extra=item)


def articles() -> Iterator[Page]:
    names = sorted(FEATURES)
    for number, (first, second) in enumerate(zip(names, names[7:] + names[:7], strict=True)):
        lead = OPENINGS[number % len(OPENINGS)].format(first=first, second=second)
        url = f"https://longread.example/{number + 1:02d}-{first}-and-{second}"
        yield page(url, "article", kept(), "longread", f"{first.title()} and {second}", [lead, FEATURES[second], FEATURES[first]])


OPENINGS = (
    "Two stories reached us this month, one about the {first} and one about the {second}. They have more in common than it seems.",
    "Why write about the {first} today? Because a reader asked, and because her letter mentioned the {second} as well.",
    "Our reporter spent a week with people whose work is hardly ever seen. She began with the {second} and ended with the {first}.",
    "Some things change slowly enough to be described. The {first} is one of them, the {second} is another.",
)


def foreign() -> Iterator[Page]:
    for language, paragraphs in LANGUAGES.items():
        for number, chosen in enumerate(list(combinations(range(len(paragraphs)), 2))[:5]):
            url = f"https://{language}.panorama.example/{number + 1}"
            text = [paragraphs[index] for index in chosen]
            yield page(url, "article", kept(language), "panorama", f"Panorama {number + 1}", text)


def forum() -> Iterator[Page]:
    for number, (question, answers) in enumerate(THREADS):
        posts = "".join(f"<div class=post><p>{html.escape(text)}</p></div>" for text in answers)
        url = f"https://talk.example/t/{100 + number}"
        yield page(
            url,
            "forum",
            kept(),
            "talk",
            question,
            [f"{question} I have tried the usual things and would like to hear from you."],
            extra=posts,
        )


THREADS = tuple(
    (
        question,
        (
            f"I had the same question last year. {FEATURES[name]}",
            "Thank you, that is what I wanted to know. I will try it and report back next week.",
        ),
    )
    for question, name in (
        ("How do people keep bees alive in winter?", "beekeeping"),
        ("Does anyone know how rye bread stays fresh?", "bread"),
        ("Is it true that owls fly without a sound?", "owls"),
        ("What should I see at the printing workshop?", "printing"),
        ("Which knots must a beginner learn?", "sailing"),
        ("How steep can a railway be?", "railway"),
        ("Why is peat cutting forbidden now?", "peat"),
        ("How long does a cheese stay in the cellar?", "cheese"),
        ("Are there still wolves across the river?", "wolves"),
        ("When do the storks come back?", "storks"),
        ("Do you need a guide in the silver mine?", "mine"),
        ("Who winds the town clock these days?", "clock"),
    )
)


def recipes() -> Iterator[Page]:
    for number, (name, main, steps) in enumerate(RECIPES):
        data = {"@type": "Recipe", "name": name, "recipeYield": f"{4 + number % 3} servings", "cookTime": f"PT{20 + 5 * number}M"}
        lead = f"This {name.lower()} is what we cook when guests stay longer than planned. It needs {main} and a little patience, nothing more."
        yield page(f"https://kitchen-notes.example/{slug(name)}", "recipe", kept(), "kitchen", name, [lead, steps], head=json_ld(data))


RECIPES = (
    ("Leek soup", "three leeks", "Wash the leeks well and cut them into rings. Let them soften in butter without taking colour. Add two potatoes and a litre of stock and simmer for twenty minutes. Blend half of the soup, stir it back and season with nutmeg. Serve it with toasted bread."),
    ("Plum cake", "a kilo of plums", "Beat the butter with sugar until it is pale. Add three eggs one after the other, then the flour. Spread the batter in a tin and press the halved plums into it. Bake until a wooden stick comes out clean. The cake tastes better on the second day."),
    ("Lentil stew", "brown lentils", "Rinse the lentils and cover them with cold water. Fry onions, carrots and celery in a heavy pot. Add the lentils with a bay leaf and cook them slowly for half an hour. A spoon of vinegar at the end wakes up the taste. Leftovers freeze well."),
    ("Baked trout", "two fresh trout", "Heat the oven while you clean the fish. Put lemon slices and thyme into each one. Wrap them in paper so that the steam cannot escape. After eighteen minutes the flesh comes away from the bone. Boiled potatoes and a cucumber salad go well with it."),
    ("Apple pancakes", "sour apples", "Stir flour, milk and eggs into a thin batter and let it rest. Cut the apples into slices as thin as a coin. Pour batter over the slices once they smell sweet in the pan. Turn each pancake only once. Cinnamon and sugar are all they need."),
    ("Rye crackers", "rye flour", "Knead the flour with water, salt and a spoon of oil. Roll the dough until you can almost see through it. Prick it with a fork, or it will rise in bubbles. Ten minutes in a hot oven are enough. Break the sheet into pieces when it is cold."),
    ("Mushroom barley", "dried mushrooms", "Soak the mushrooms overnight and keep the water. Roast the barley in a dry pot until it smells of nuts. Add the mushroom water little by little, as for a risotto. Stir in parsley and grated cheese at the end. It is a dish for a rainy evening."),
    ("Honey carrots", "young carrots", "Scrub the carrots but do not peel them. Cook them in a wide pan with a finger of water. When the water is gone, add butter and honey and shake the pan. Let them brown on one side only. Sprinkle them with sesame before you serve them."),
)  # fmt: skip


def manual() -> Iterator[Page]:
    for number, (title, sections) in enumerate(MANUAL):
        body = "".join(f"<h2>{heading}</h2><p>{text}</p>" for heading, text in sections)
        url = f"https://docs.harborlight.example/manual/{number + 1}"
        yield page(
            url, "documentation", kept(), "manual", title, ["This chapter is part of the operating manual of the harbour lock."], extra=body
        )


MANUAL = (
    ("Opening the lock", (("Before you begin", "Check that both gates are closed and that no vessel lies in the chamber. Read the water gauge on the upper side and write the level into the log book. Do not open a valve while a person stands on the gate."), ("Filling the chamber", "Turn the hand wheel of the upper valve slowly to the left. The chamber fills in about nine minutes. Wait until the gauge shows the same level on both sides, then start the gate motor. Sound the horn once before the gate moves."))),
    ("Maintaining the pumps", (("Monthly inspection", "Switch off the main breaker and hang the red tag on it. Remove the four bolts of the cover with a wrench of size nineteen. Look for sand between the blades and wash it out with clean water. Replace the seal if it is hard or cracked."), ("After a flood", "Do not start a pump that has been under water. Let it dry for two days and measure the resistance of the winding. A value below one megaohm means that the motor must go to the workshop. Record the value in the log book."))),
    ("Signals and lights", (("Lights on the gate", "A red light means that the gate is closed or moving. Two green lights allow a vessel to enter. If a lamp fails, use the hand lantern and repeat each signal twice. Report the failure to the harbour office on channel eleven."), ("Horn signals", "One long tone announces that the gate will move. Two short tones order a vessel to stop. Five short tones mean danger, and every movement in the lock must end at once. Test the horn every Monday at noon."))),
    ("Working in winter", (("Ice in the chamber", "Keep the compressor running when the temperature falls below zero. Air bubbles along the walls stop ice from forming. Never break ice with a crowbar near the seals. A thin layer may be pushed out with the current from the upper valve."), ("Cold weather clothing", "Wear boots with spikes on the gate walk. Gloves must be dry, because wet leather sticks to frozen steel. Two people work together whenever the wind is stronger than force seven. Warm drinks are kept in the control room."))),
)  # fmt: skip


def code_pages() -> Iterator[Page]:
    for number, name in enumerate(("parser", "scheduler", "logger", "cache")):
        text = f"The {name} module is configured with a small block. It reads its settings once, when the program starts. A missing key gets a default. A wrong type stops the program with a message. The example below shows all of them in one place, so that you can copy it and change what you need for your own installation."
        code = f"<p>function {name}() {{ return {{ size: {number + 8}, retry: true }}; }}</p>"  # not marked as code
        yield page(
            f"https://dev-notes.example/{name}", "documentation", dropped("c4:curly_brace"), "longread", f"The {name}", [text], extra=code
        )


def shop() -> Iterator[Page]:
    for number in range(16):
        name = f"{('Oak', 'Linen', 'Copper', 'Wool')[number % 4]} {('bowl', 'lamp', 'blanket', 'kettle')[number // 4]}"
        data = {
            "@type": "Product",
            "name": name,
            "sku": f"HL-{1000 + number}",
            "offers": {"@type": "Offer", "price": f"{20 + 3 * number}.00"},
        }
        yield page(
            f"https://shop.example/item/{number}",
            "shop",
            dropped("gopher:too_short", "language"),
            "kitchen",
            name,
            [f"{name}. In stock. Add to basket."],
            head=json_ld(data),
        )


def link_farm() -> Iterator[Page]:
    for number in range(14):
        links = "".join(
            f'<li><a href="https://farm{number}.example/{index}">best offers {word} {index}</a></li>'
            for index, word in enumerate(sorted(FEATURES))
        )
        yield page(
            f"https://farm{number}.example/",
            "link farm",
            dropped("gopher", "c4", "fineweb", "language"),
            "kitchen",
            f"Links {number}",
            [],
            extra=f"<ul>{links}</ul>",
        )


def spam() -> Iterator[Page]:
    for number, thing in enumerate(("watches", "pills", "loans", "casino", "followers", "tickets", "phones", "diets", "coins", "degrees")):
        line = f"Buy cheap {thing} online now. Best {thing} for the best price. Click here to buy cheap {thing} online now!"
        yield page(
            f"https://cheap-{thing}.example/",
            "spam",
            dropped("gopher:top", "gopher:duplicate", "gopher"),
            "kitchen",
            f"Cheap {thing}",
            [line] * (6 + number % 3),
        )


def rants() -> Iterator[Page]:
    for number, target in enumerate(("neighbour", "driver", "referee", "mayor", "landlord", "critic")):
        text = (
            f"That {target} is a fucking idiot and everybody knows it. What a stupid piece of shit he is, shouting at people all day. "
            f"I hate him and I hate his ugly house. Somebody should tell the bastard to shut his fucking mouth. "
            f"He is a worthless asshole, and the bitch he lives with is no better. Go to hell, you moron, and take your crap with you."
        )
        yield page(f"https://shouting.example/{number}", "toxic rant", dropped("profanity"), "talk", f"That {target}", [text])


def boilerplate() -> Iterator[Page]:
    for number in range(10):
        text = ("We use cookies to improve your experience.", "Please enable JavaScript in your browser to view this page.")[number % 2]
        yield page(
            f"https://empty{number}.example/",
            "boilerplate",
            dropped("gopher:too_short", "no_text", "language"),
            "kitchen",
            "Loading",
            [text],
        )


def events() -> Iterator[Page]:
    for number, (town, what) in enumerate(
        zip(
            TOWNS,
            ("regatta", "book fair", "harvest supper", "organ week", "kite day", "lantern walk", "boat market", "star night"),
            strict=False,
        )
    ):
        start = f"2027-0{number + 1}-1{number % 9}"
        data = {"@type": "Event", "name": f"{town.name} {what}", "startDate": start, "location": {"@type": "Place", "name": town.name}}
        organisation = {"@type": "Organization", "name": f"{town.name} Events Office", "foundingDate": str(1960 + number)}
        for site, words in (
            (
                "calendar",
                f"The {what} is back, and {town.name} is getting ready. Volunteers put up tents along the {town.river} a week before. Tickets are sold at the door. Children under twelve pay nothing. If it rains, everything moves into the old market hall, where there is room for six hundred people and two brass bands.",
            ),
            (
                "town-crier",
                f"Hear what is coming to {town.name}. Our {what} starts on the date below and lasts until the last guest has gone home. Bring a chair, a warm coat and somebody you like. The council promises that there will be enough coffee this time. Bus drivers will wait after midnight, as they did last year.",
            ),
        ):
            url = f"https://{site}.example/{slug(town.name)}-{slug(what)}"
            yield page(url, "event", kept(), site, f"{town.name} {what}", [words], head=json_ld(data) + json_ld(organisation))


def mirrors() -> Iterator[Page]:
    for original in list(articles())[:10]:
        path = original.url.rsplit("/", 1)[1]
        yield Page(f"https://mirror.example/copy/{path}", "mirror", original.body, merged(original.url, "duplicate:exact"), "talk")


def near_duplicates() -> Iterator[Page]:
    for number, original in enumerate(list(articles())[12:22], 1):
        path = original.url.rsplit("/", 1)[1]
        note = f"Reprint {number} of our collection, with thanks to all who helped."  # one for all pages would be cut as the site's line
        edited = original.body.replace(b"</h1>", f"</h1><p>{note}</p>".encode(), 1)
        yield Page(f"https://reprints.example/{path}", "near-duplicate", edited, merged(original.url, "duplicate:minhash"), "talk")


def quizzes() -> Iterator[Page]:
    for number, paragraphs in enumerate(riddles(), 1):
        yield page(f"https://longread.example/riddle-{number}", "quiz", leaked(), "longread", f"Riddle {number}", paragraphs)


def charsets() -> Iterator[Page]:
    samples = (
        ("windows-1252", "fr", "rivière"),
        ("iso-8859-1", "de", "gehört"),
        ("iso-8859-15", "es", "pesca"),
        ("windows-1252", "sv", "blåbär"),
    )
    for number, (charset, language, word) in enumerate(samples):
        text = [LANGUAGES[language][index] for index in (0, 3, 4)]
        body = document("Panorama", text).encode(charset, "replace")
        url = f"https://old-server.example/{number}"  # says utf-8, sends something else
        yield Page(url, "wrong charset", body, kept(language, contains=word), "panorama")


def broken() -> Iterator[Page]:
    for number, name in enumerate(("tea", "maps", "snow", "harbour")):
        whole = document(
            f"Notes on {name}",
            [
                f"These notes were written in a hurry and never closed, number {number}. Somebody may tidy them up one day.",
                FEATURES[name],
                FEATURES["school"] if number % 2 else FEATURES["paper"],
            ],
        )
        body = whole.replace("</p>", "").replace("</article>", "<div><b><table><tr>").replace("</body></html>", "")
        yield Page(f"https://half-written.example/{number}", "broken markup", body.encode(), kept(), "talk")


def personal() -> Iterator[Page]:
    secrets = (
        "anna.berg@mail.example",
        "+1 415 555 0134",
        "93.184.216.34",
        "4111 1111 1111 1111",
        "per.olsen@post.example",
        "+44 20 7946 0958",
    )
    for number, (secret, name) in enumerate(zip(secrets, ("tram", "theatre", "violin", "mill", "pottery", "orchard"), strict=True)):
        text = f"Visitors ask for the caretaker every day. You can reach the office under {secret} until noon, and after that only the cat is there. {FEATURES[name]}"
        yield page(f"https://contact-us.example/{number}", "personal data", kept(lacks=secret), "talk", f"Visiting the {name}", [text])


def not_documents() -> Iterator[Page]:
    body = document("Gone", ["This page does not exist."]).encode()
    for number in range(4):
        yield Page(f"https://longread.example/lost/{number}", "not found", body, unread("dropped", "unsupported"), "longread", status=404)
    for number in range(4):
        image = b"\x89PNG\r\n\x1a\n" + bytes(range(64)) * (number + 1)
        yield Page(
            f"https://longread.example/{number}.png", "image", image, unread("dropped", "unsupported"), "longread", content_type="image/png"
        )
    for number in range(2):
        yield Page(f"https://empty.example/nothing/{number}", "empty", b"", unread("dropped", "empty"), "kitchen")


def encodings() -> Iterator[Page]:
    for number, encoding in enumerate(("gzip", "deflate", "br", "zstd", "", "gzip")):
        town = TOWNS[-1 - number]
        text = [
            f"The {encoding or 'chunked'} archive of {town.name} opened this spring. Volunteers had sorted {200 + number} boxes by hand, and half of them held letters.",
            FEATURES[town.features[1]],
            FEATURES[town.features[2]],
        ]
        body = document(f"Archive of {town.name}", text).encode()
        yield Page(f"https://archives.example/{number}", "encoded", body, kept(), "society", encoding=encoding, chunked=number >= 4)


def town_facts() -> set[tuple[str, str, str]]:
    """(subject, predicate, object) that at least two sites state; where the atlas contradicts, it is alone."""
    dates = {(town.name, "founding date", str(town.founded)) for town in TOWNS}
    return (
        dates | {(town.name, "river", town.river) for town in TOWNS} | {(town.name, "population", str(town.population)) for town in TOWNS}
    )


def false_statements() -> set[tuple[str, str, str]]:
    """What a single site gets wrong."""
    return {(town.name, "founding date", str(town.founded + 7)) for town in (TOWNS[4], TOWNS[9])}


__all__ = ["Page", "Town", "all_pages", "false_statements", "town_facts"]
