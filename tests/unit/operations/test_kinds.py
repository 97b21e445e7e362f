"""Each kind repairs what is wrong, and its verifier refuses a planted change of meaning."""

import pytest

from tests.unit.operations.conftest import done, edited, verdict
from tierline.operations import Kind, Operation
from tierline.operations.registry import VERIFIERS

ADDRESS = "https://mora.example/lock"
LONG = "The lock in Mora carries barges of up to ninety tons through the old town, and the keeper opens it on every working day in summer"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # damage
        ("The cafÃ© in Mora is open.", "The café in Mora is open."),
        ("Itâ€™s an old bridge in Mora.", "It’s an old bridge in Mora."),
        ("The lock is man\u00adu\u00adally op\u00aderated.", "The lock is manually operated."),
        ("A ﬂexible gate.", "A flexible gate."),
        ("They don\ufffdt open it in winter.", "They don’t open it in winter."),
        ("Bread &amp; butter are sold there.", "Bread & butter are sold there."),
        ("The br1dge is old. A bridge stood there before.", "The bridge is old. A bridge stood there before."),
        # hyphens and line breaks
        ("The govern-\nment paid for the lock.", "The government paid for the lock."),
        ("It is a full- duplex line, and full-duplex lines are dear.", "It is a full-duplex line, and full-duplex lines are dear."),
        (f"{LONG} by order of the\ntown and its people.", f"{LONG} by order of the town and its people."),
        # spacing
        ("They opened the lock yesterday.The keeper was there.", "They opened the lock yesterday. The keeper was there."),
        ("Boats come fromthe south.", "Boats come from the south."),
        # form
        ("Fees:\n• barges pay ten\n• boats pay two", "Fees:\n- barges pay ten\n- boats pay two"),
        (
            "boat\tfee\ttons\nbarge\tten\t90\nskiff\ttwo\t1",
            "| boat | fee | tons |\n| --- | --- | --- |\n| barge | ten | 90 |\n| skiff | two | 1 |",
        ),
        # case
        ("I was there, but i am not sure of it.", "I was there, but I am not sure of it."),
        ("It opens on monday and closes late.", "It opens on Monday and closes late."),
        ("THE OWNER SHALL OPEN THE DOOR WHEN A BOAT IS THERE.", "The owner shall open the door when a boat is there."),
        # spelling
        ("The goverment of the country built the lock.", "The government of the country built the lock."),
        # split
        (
            f"{LONG} of the year; it was built by the council of the town and it has been in use since then without a break of any kind.",
            f"{LONG} of the year. It was built by the council of the town and it has been in use since then without a break of any kind.",
        ),
        # expand
        (
            "The MCA runs the old lock of Mora. The Mora Canal Agency (MCA) was founded by the town.",
            "The Mora Canal Agency (MCA) runs the old lock of Mora. The Mora Canal Agency (MCA) was founded by the town.",
        ),
        # normal
        ("The canal is 50 miles long.", "The canal is 50 miles (80 km) long."),
        ("The town sold 3 lakh tickets.", "The town sold 3 lakh (300,000) tickets."),
        ("It opened on 27/02/1969 in Mora.", "It opened on 27/02/1969 (1969-02-27) in Mora."),
        # drop
        ("A boat passes.\nSubscribe to our newsletter\nAnother follows.", "A boat passes.\nAnother follows."),
        ("The lock of Mora is old and small.\nThe lock of Mora is old and small.\nEnd.", "The lock of Mora is old and small.\nEnd."),
    ],
)
def test_what_is_wrong_is_repaired(text, expected):
    assert done(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "pre- and post-war boats",  # no word is cut
        "The varint is stored first, and the muxer reads a muxed stream.",  # terms, no slips
        "Use `teh` and see https://exmaple.example/teh for teh_file.",
        "```\nfor i in x:\n  print(i)\n\n\nprint(recieve)\n```",
        "The sum is i + 2, and i grows.",
        "It is 5 to 10 miles long, or 3 miles (4.8 km), and a 50-mile walk.",
        "It opened on 03/04/1969 in Mora.",  # of two readings
        "It is drawn on 140 lb smooth paper.",  # weighed by the ream
        "The imagers at Mora use the system.",
        "Press , to go on.",  # a key that is lost
        "Sie sagt : gut.",
        "the mill. the mill. the mill. it is a poem. in small letters. by choice.",
        "| a | b |\n| --- | --- |\n| teh | recieve |",
        "Changed in version 3: the mill is new.\nOther text.\nChanged in version 3: the mill is new.",  # each belongs to its place
    ],
)
def test_what_may_be_meant_stays_byte_for_byte(text):
    assert done(text) == text


@pytest.mark.parametrize(
    ("kind", "text", "original", "replacement"),
    [
        (Kind.DAMAGE, "The cafÃ© is open.", "cafÃ©", "hotel"),
        (Kind.DAMAGE, "The br1dge is old. A bridge.", "br1dge", "bride"),
        (Kind.HYPHEN, "The govern-\nment paid.", "-\n", " is "),
        (Kind.HYPHEN, "They re-\nsigned it, and re-signed it again.", "-\n", ""),  # resigned is another word
        (Kind.SPACING, "They opened it.The keeper came.", ".The", ". No"),
        (Kind.SPACING, "It is now here.", " ", ""),
        (Kind.FORM, "Fees:\n• ten\n• two", "• ten", "- nine"),
        (Kind.FORM, "Fees: ten\nFees: two", "Fees", "# Fees"),
        (Kind.CASE, "It is polish from Mora.", "polish", "Polish"),
        (
            Kind.CASE,
            "The WHO MAY ACT ON THIS WHEN THE TOWN ASKS.",
            "WHO MAY ACT ON THIS WHEN THE TOWN ASKS.",
            "who may act on this when the town asks.",
        ),
        (Kind.SPELLING, "The mill is old.", "mill", "kill"),
        (Kind.SPELLING, "The goverment of the country built it.", "goverment", "governments"),
        (Kind.SPLIT, f"If {LONG}; it was built by the council of the town and it is in use.", "; i", ". I"),
        (Kind.JOIN, f"{LONG}.\nthe next line", "\n", " "),
        (Kind.EXPAND, "The MCA runs it. The Mora Canal Agency (MCA) is old.", "MCA", "Mora Coal Association (MCA)"),
        (Kind.NORMAL, "It is 50 miles long.", " long", " (90 km) long"),
        (Kind.DROP, "A boat passes.\nThe lock was built in 1894.\nEnd.", "The lock was built in 1894.\n", ""),
        (Kind.DROP, "A boat passes. It pays.", "boat ", ""),
    ],
)
def test_a_planted_change_of_meaning_is_refused(kind, text, original, replacement):
    assert verdict(kind, text, original, replacement).startswith(f"{kind}:")


def test_a_wrong_number_behind_the_right_words_is_refused():
    document = edited("It is 50 miles long.").document
    (right,) = [one for one in edited("It is 50 miles long.").accepted if one.kind == Kind.NORMAL]
    wrong = Operation(Kind.NORMAL, right.start, right.end, " (50 km)", "planted", "test-1")
    assert VERIFIERS[Kind.NORMAL](document, right) == "" and VERIFIERS[Kind.NORMAL](document, wrong) == "normal:value"


PERSON = "Anna Berg was born in Mora. Anna Berg built the lock of the town.\n"


def test_a_pronoun_becomes_the_one_name_that_agrees():
    assert done(PERSON + "She opened the lock in spring.") == PERSON + "Anna Berg opened the lock in spring."


@pytest.mark.parametrize(
    "text",
    [
        PERSON + "He opened the lock in spring.",  # of another gender
        PERSON.replace("of the town", "with Clara Lind") + "She opened the lock in spring.",  # two could be meant
        PERSON + "She opened the lock in spring. Later she left it to him.",
        "Anna Berg met Clara Lind. Anna Berg and Clara Lind built the lock.\nShe opened it.",
    ],
)
def test_nobody_is_named_where_more_than_one_may_be_meant(text):
    made = done(text)
    assert made == text or "Later she left" in text


@pytest.mark.parametrize("wrong", ["Mora", "Clara Lind", "The town", "Berg Anna"])
def test_a_wrong_name_is_refused(wrong):
    text = PERSON + "She opened the lock in spring."
    assert verdict(Kind.RESOLVE, text, "She", wrong) == "resolve:other_name"


def test_the_company_becomes_the_one_company_and_stays_where_there_are_two():
    text = "Lock Works Ltd built the gate.\nThe company opened a yard."
    assert done(text) == "Lock Works Ltd built the gate.\nLock Works Ltd opened a yard."
    assert done("Mora Boats Inc paid. " + text) == "Mora Boats Inc paid. " + text
    assert done("A company from the north paid. " + text) == "A company from the north paid. " + text


def test_the_own_address_is_cited_with_the_exact_span():
    text = "It rained. The lock of Mora was opened in 1894 by the town. The end is near."
    made = edited(text, url=ADDRESS)
    (cited,) = made.accepted
    sentence = "The lock of Mora was opened in 1894 by the town."
    start = text.index(sentence)
    assert f"{sentence} (Source: {ADDRESS}, characters {start}-{start + len(sentence)}.)" in made.assembled.text
    for wrong in (cited.replacement.replace("mora", "other"), cited.replacement.replace(f"{start}-", f"{start + 1}-")):
        planted = Operation(Kind.CITE, cited.start, cited.end, wrong, "planted", "test-1")
        assert VERIFIERS[Kind.CITE](made.document, planted) == "cite:other_source"


def test_what_a_page_says_of_itself_is_not_cited():
    text = "My address is in Mora and this list was last updated in August 1996 by Thomas Hale."
    assert not [one for one in edited(text, url="https://mora.example/lock").accepted if one.kind == Kind.CITE]


def test_signs_of_links_to_headings_are_dropped_where_a_page_has_several_and_nothing_else_is():
    text = "Locks¶\nA lock lifts boats.\nFees ¶\nBoats pay ten."
    assert done(text, headings={0: 1}) == "# Locks\nA lock lifts boats.\nFees\nBoats pay ten."
    for kept in ("The sign is a pilcrow: ¶\nIt parts paragraphs.", "```\na¶\nb¶\n```\nTwo lines of code."):
        assert done(kept) == kept


def test_a_heading_within_an_item_takes_the_place_of_the_items_mark():
    assert done("  - The gate\nIt shuts.\n1. Fees\nTen.", headings={0: 3, 2: 2}) == "### The gate\nIt shuts.\n## 1. Fees\nTen."


def test_headings_of_the_page_get_their_level_and_no_others():
    text = "Locks\nA lock lifts boats.\nFees\nBoats pay."
    assert done(text, headings={0: 1, 2: 2}) == "# Locks\nA lock lifts boats.\n## Fees\nBoats pay."


@pytest.mark.parametrize(("score", "refused"), [(0.95, ""), (0.5, "drop:score")])
def test_a_line_of_noise_is_dropped_by_its_score(score, refused):
    assert verdict(Kind.DROP, "A boat passes.\nHome | Fees | Login\nEnd.", "Home | Fees | Login\n", "", score) == refused


def test_a_sentence_needs_a_higher_score_than_a_line_that_is_none():
    text = "A boat passes.\nThe lock was built by the town and it is in use.\nEnd."
    assert verdict(Kind.DROP, text, "The lock was built by the town and it is in use.\n", "", 0.95) == "drop:score"
