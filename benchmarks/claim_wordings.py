"""Wordings of claims: some that were looked at while the rules of `tierline.checking` were written, and others held out.

{s} is the thing, {v} the value.
"""

from __future__ import annotations

# The forms that claims are read from, one a property.
PLAIN: dict[str, str] = {
    "capital": "{v} is the capital of {s}.",
    "area": "{s} has an area of {v}.",
    "population": "{s} has a population of {v}.",
    "currency": "The currency of {s} is {v}.",
    "continent": "The continent of {s} is {v}.",
    "head of state": "The head of state of {s} is {v}.",
    "birth date": "{s} was born on {v}.",
    "birth place": "{s} was born in {v}.",
    "founding date": "{s} was founded in {v}.",
    "headquarters": "The headquarters of {s} is {v}.",
    "elevation": "The elevation of {s} is {v}.",
}
SEEN: dict[str, tuple[str, ...]] = {
    "capital": (
        "{s}'s capital is {v}.",
        "{s} has {v} as its capital.",
        "The capital city of {s} is called {v}.",
        "{s} has its capital in {v}.",
        "{v} serves as {s}'s capital.",
    ),
    "area": ("{s} covers {v}.", "The area of {s} is {v}.", "{s} has a total area of about {v}.", "With an area of {v}, {s} is a country."),
    "population": (
        "{v} people live in {s}.",
        "{s} is home to {v} people.",
        "{s}'s population is {v}.",
        "The population of {s} stands at {v}.",
    ),
    "currency": (
        "People in {s} pay with the {v}.",
        "{s} uses the {v}.",
        "{s}'s currency is the {v}.",
        "The {v} is the official currency of {s}.",
    ),
    "continent": ("{s} lies in {v}.", "{s} is a country in {v}.", "{s} is part of {v}.", "{s} is located in {v}."),
    "head of state": ("{s}'s head of state is {v}.", "{v} is the head of state of {s}.", "{v} is {s}'s head of state."),
    "birth date": ("{s}'s birthday is {v}.", "{s} came into the world on {v}.", "The birth date of {s} is {v}."),
    "birth place": ("{s}'s birthplace is {v}.", "{s} comes from {v}.", "The birth place of {s} is {v}."),
    "founding date": ("{s} was established in {v}.", "{s} dates back to {v}.", "The foundation of {s} took place in {v}."),
    "headquarters": ("{s} is based in {v}.", "{s} has its headquarters in {v}.", "{s}'s headquarters are in {v}."),
    "elevation": ("{s} rises {v} above sea level.", "{s} is {v} high.", "{s} has an elevation of {v}."),
}
HELD: dict[str, tuple[str, ...]] = {
    "capital": ("In {s}, the capital is {v}.", "{v}, the capital of {s}, is a city.", "The city of {v} is the capital of {s}.",
                "{s} is governed from its capital, {v}.", "{s} made {v} its capital."),
    "area": ("{s} spans {v}.", "{s} is {v} in size.", "{s} extends over some {v} of land.", "The territory of {s} measures {v}.",
             "{s} takes up {v} on the map."),
    "population": ("There are {v} people in {s}.", "{s} counts {v} inhabitants.", "Some {v} residents call {s} home.",
                   "{v} is the population of {s}.", "About {v} citizens live in {s}."),
    "currency": ("In {s}, prices are given in {v}.", "The {v} is used in {s}.", "{s} adopted the {v} as its currency.",
                 "The money of {s} is the {v}.", "You need {v} to shop in {s}."),
    "continent": ("{s} is found in {v}.", "{s} belongs to the continent of {v}.", "{v} is the continent of {s}.", "{v} is home to {s}.",
                  "On the map, {s} is in {v}."),
    "head of state": ("The country {s} has {v} as its head of state.", "In {s}, the head of state is {v}.", "{s} is headed by {v}."),
    "birth date": ("{s} (born {v}) is a painter.", "On {v}, {s} was born.", "{v} is the date of birth of {s}."),
    "birth place": ("{v} is the birthplace of {s}.", "{s} is a native of {v}.", "It was in {v} that {s} was born."),
    "founding date": ("{s} has existed since {v}.", "In {v}, {s} was set up.", "{s} began its work in {v}."),
    "headquarters": ("{s} runs its business from {v}.", "The head office of {s} is in {v}.", "{s} is headquartered in {v}."),
    "elevation": ("At {v}, {s} is a mountain.", "The peak of {s} is {v} above sea level.", "{s} reaches a height of {v}."),
}  # fmt: skip
# Denials of what a wording says.
DENIED: dict[str, tuple[str, ...]] = {
    "capital": ("{v} is not the capital of {s}.", "It is false that {v} is the capital of {s}."),
    "area": ("{s} does not cover {v}.", "{s} does not have an area of {v}."),
    "population": ("{s} does not have a population of {v}.", "It isn't true that {s} has {v} inhabitants."),
    "currency": ("{s} does not use the {v}.", "The {v} is not the currency of {s}."),
    "continent": ("{s} is not in {v}.", "{s} isn't part of {v}."),
    "head of state": ("{v} is not the head of state of {s}.",),
    "birth date": ("{s} was not born on {v}.",),
    "birth place": ("{s} was not born in {v}.",),
    "founding date": ("{s} was not founded in {v}.",),
    "headquarters": ("{s} is not based in {v}.",),
    "elevation": ("{s} isn't {v} high.",),
}
# Of what nothing is known about the thing.
OTHER_PROPERTIES = (
    "The national anthem of {s} was written in 1891.", "{s} has 214 museums.", "The flag of {s} has three colors.",
    "{s} is known for its cheese.", "The forests of {s} cover 12,300 km².", "The oldest bridge of {s} was built in 1741.",
    "{s} hosted a film festival in 1987.", "The airport of {s} has two runways.",
)  # fmt: skip
# Of a known thing, with words of a property and a value of its type, but about something else: the evidence does not decide them.
TRAPS_SEEN = (
    "The forests of {s} cover 12,300 km².",
    "The largest lake of {s} covers 310 km².",
    "{s} lost an area of 1,200 km² in a war.",
    "The embassy of {s} is in {capital}.",
    "Many emigrants from {s} live in {continent}.",
    "41,200 people visit {s} every year.",
    "The former capital of {s} was {other}.",
    "{s} sent 87 people to the games of 1968.",
    "In {s} 3,100 people work in mines.",
    "The second city of {s} is {other}.",
    "The airport of {capital} was built in 1961.",
    "{s} is larger than {other}.",
)
TRAPS_HELD = (
    "The national park of {s} has an area of 4,020 km².",
    "{s} and {other} have a common border.",
    "{other} is the economic capital of {s}.",
    "A storm left 61,000 people in {s} without homes.",
    "The dialing code of {s} is 355.",
    "The deserts of {s} span 9,100 km².",
    "Traders in {s} also accept the US dollar.",
    "A team from {s} won a cup in {continent}.",
    "The king of {s} was born in {other}.",
    "{s} bought 2,400 km² of land from {other}.",
    "A peace treaty between {s} and {other} was signed in 1921.",
    "One of the wards of {capital} has 21,000 inhabitants.",
    "The coast of {s} is 1,240 km long.",
)
