"""Lines, paragraphs, sentences and the counts of the line rules are those of plain string operations."""

import re

import pytest
from hypothesis import example, given, settings

from tests.unit.text.kernels.test_scan import kind
from tests.unit.text.texts import TEXTS, valid
from tierline.text.kernels import lines, scan
from tierline.text.kernels.characters import BULLETS, CLOSING, INVISIBLE, PHRASE, SPACE, TERMINAL, WORDY
from tierline.text.kernels.lines import SHORT_LINE, VERY_SHORT_LINE
from tierline.text.words import Runs, split_batch

COUNTED = ("HASH_SIGNS", "ELLIPSES", "NEWLINES", "LINES", "BULLET_LINES", "ELLIPSIS_LINES", "TERMINAL_LINES", "SHORT_LINES",
           "VERY_SHORT_LINES")  # fmt: skip


def is_within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def is_end(line: str, at: int) -> bool:
    """A mark that ends sentences; a semicolon is one behind a Greek letter, a bar in scripts of the danda."""
    before = visible(line[:at])
    is_danda = line[at] == "|" and before[:1] != "|" and is_within(ord(before.rstrip("|")[-1:] or " "), lines.DANDA_SCRIPTS)
    return kind(line[at]) & TERMINAL > 0 or is_danda or (line[at] == ";" and is_within(ord(before[-1:] or " "), lines.GREEK))


def last_end(line: str) -> int:
    """Where the last mark stands that ends a sentence and is not in a reference behind one; -1 if none does."""
    last, edge, opened = -1, -1, 0
    for at, one in enumerate(line):
        if kind(one) & (SPACE | INVISIBLE | WORDY):
            continue
        if is_end(line, at):
            if not opened or len(line[opened : at + 1].encode()) > lines.LONGEST_REFERENCE:
                last, edge, opened = at, at + 1, 0
        elif at == edge and ord(one) in lines.OPENING:
            opened = at + 1
        elif opened and ord(one) in lines.CLOSES:
            edge, opened = at + 1, 0
    return last


def marks_end(line: str, behind: int, spaces: bool) -> int:
    """Where marks behind a sentence stop, -1 if other things follow them: what the kernel does, over characters."""
    at = behind
    while at < len(line):
        one = line[at]
        if kind(one) & SPACE and not spaces:
            return at
        if ord(one) in lines.OPENING:
            stop = min((place for place in (line.find(chr(closer), at + 1) for closer in lines.CLOSES) if place > 0), default=-1)
            if stop < 0 or len(line[at:stop].encode()) > lines.LONGEST_REFERENCE + 1:
                return -1
            at = stop + 1
        elif (
            kind(one) & (SPACE | CLOSING | INVISIBLE | TERMINAL)
            or ord(one) in lines.DAGGERS
            or is_within(ord(one), lines.RAISED + lines.PICTURES)
        ):
            at += 1
        elif found := bare_reference(line, behind, at):
            at += found
        elif at > behind and line[at - 1] > " " and one in ",:-–":
            at += 1
        else:
            return -1
    return at


def bare_reference(line: str, behind: int, at: int) -> int:
    """Characters of a number or letter that is a reference."""
    found = re.match(r"[0-9]{1,3}(?![0-9])|[a-z](?=[\x00-\x20]|$)", line[at:])
    if not found or (at > behind and found[0].isdigit()):
        return len(found[0]) if found and line[at - 1] > " " else 0
    if line[behind - 1 : behind] != ".":
        return len(found[0]) if found[0].isdigit() else 0
    return len(found[0]) if re.search(r"[a-z\x80-\U0010ffff][a-z\x80-\U0010ffff]\.$|[^\x00-\x7f]\.$", line[:behind]) else 0


def ended(line: str) -> str:
    """The line without the marks behind its last sentence, if nothing else is behind it."""
    last = last_end(line)
    return line[: last + 1] if last >= 0 and marks_end(line, last + 1, True) == len(line) else line.rstrip()


def visible(line: str) -> str:
    return "".join(one for one in line if not kind(one) & (SPACE | INVISIBLE))


def is_punctuated(line: str) -> bool:
    """Ends in a mark, whatever stands behind it, or in a phrase of a script that has no such marks."""
    stop = ended(line)
    return is_end(stop, len(stop) - 1) or (kind(visible(line)[-1]) & PHRASE > 0 and len(line) >= lines.PHRASE_CHARACTERS)


def trails_off(bare: str) -> bool:
    return bare.endswith(("...", "…"))


def expected(text: str) -> dict[str, int]:
    every = text.split("\n")
    full = [line for line in every if visible(line)]
    bare = [visible(line) for line in full]
    return {
        "HASH_SIGNS": text.count("#"),
        "ELLIPSES": sum(line.count("…") + sum(len(dots) // 3 for dots in re.findall(r"\.+", line)) for line in bare),
        "NEWLINES": len(every) - 1,
        "LINES": len(full),
        "BULLET_LINES": sum(line[0] in BULLETS for line in bare),
        "ELLIPSIS_LINES": sum(map(trails_off, bare)),
        "TERMINAL_LINES": sum(map(is_punctuated, full)),
        "SHORT_LINES": sum(len(line) <= SHORT_LINE for line in full),
        "VERY_SHORT_LINES": sum(len(line) <= VERY_SHORT_LINE for line in full),
    }


def of_text(runs: Runs, row: int) -> tuple[list[int], list[int]]:
    first, last = runs.offsets[row : row + 2]
    return runs.hashes[first:last].tolist(), runs.lengths[first:last].tolist()


def same_pattern(hashes: list[int], parts: list[str]) -> bool:
    """Equal hashes exactly where the parts are equal."""
    return [hashes.index(one) for one in hashes] == [parts.index(one) for one in parts]


@settings(max_examples=200, deadline=None)
@given(TEXTS.map(lambda texts: [text.replace("\0", "\1") for text in texts]))  # to the kernel a line of null characters is blank
@example(["\x80.A", "0"])  # a letter at a text's end, with another text behind it
@example(["xx", "a.b"])  # one letter before a mark, with another text before it
def test_counts_lines_and_paragraphs_are_those_of_plain_string_operations(texts):
    batch = split_batch(texts)
    for row, text in enumerate(valid(text.lower()) for text in texts):
        assert {name: int(batch.counts[row, getattr(scan, name)]) for name in COUNTED} == expected(text)
        full = [line if visible(line) else "" for line in text.split("\n")]
        hashes, lengths = of_text(batch.lines, row)
        assert lengths == [len(line) for line in full if line] and same_pattern(hashes, [line for line in full if line])
        paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", "\n".join(full)) if part.strip("\n")]
        hashes, lengths = of_text(batch.paragraphs, row)
        assert lengths == [len(part) for part in paragraphs] and same_pattern(hashes, paragraphs)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("one two three.", 1),
        ("One two. Three four!", 2),
        ("It costs 3.5 euros. Really?!", 2),
        ('He said "No." Then he left.', 2),
        ("雪が降った。船は港に残った。", 2),
        ("one two three and so on...", 0),
        ("too short.", 0),
        ("no end at all here", 0),
        ("an aside in the end (so it is)", 0),
        ("what . . ! is this", 0),
        ("a b " + "c" * 1001 + ".", 0),
        ("Is that so?\nYes, that is so.\nGood.", 2),
    ],
)
def test_sentences_are_counted_where_a_reader_would(line, count):
    assert split_batch([line]).counts[0, scan.SENTENCES] == count


MARKS = ["[1]", "[12][3]", "[a]", "[citation needed]", "(1)", "1", "12", "1,2", "¹", "¹²", "ᵃ", "†", "*", "a", "[1]:23", "”", ")", "»", "\u200f",
         "\u200b", "\u200e\ufeff", '"[4]', "\u00a0[1]", "[Anm. 1]", "[z. B. 3][Anm. 2]", " 😀", "🙏🏽❤️"]  # fmt: skip
SCRIPTS = {
    "Latin": ("the old bridge was built by masons", "."),
    "Greek": ("ποιος έχτισε το παλιό γεφύρι του χωριού", ";"),
    "Armenian": ("հին կամուրջը կառուցել են հարևան գյուղի վարպետները", "։"),
    "Arabic": ("بنى الجسر القديم حجارون من القرية المجاورة", "؟"),
    "Urdu": ("پرانا پل پڑوسی گاؤں کے معماروں نے بنایا تھا", "۔"),
    "Devanagari": ("पुराना पुल पड़ोस के गाँव के राजमिस्त्रियों ने बनाया था", "।"),
    "Bengali": ("পুরানো সেতুটি পাশের গ্রামের রাজমিস্ত্রিরা তৈরি করেছিল", "।"),
    "Ethiopic": ("አሮጌው ድልድይ በአጎራባች መንደር ግንበኞች ተሠራ", "።"),
    "Khmer": ("ស្ពាន​ចាស់​ត្រូវ​បាន​សាងសង់​ដោយ​ជាង​ពី​ភូមិ​ជិត​ខាង", "។"),
    "Burmese": ("တံတားဟောင်းကို အိမ်နီးချင်းရွာမှ ပန်းရန်ဆရာများ ဆောက်လုပ်ခဲ့သည်", "။"),
    "Tibetan": ("ཟམ་པ་རྙིང་པ་འདི་ཉེ་འགྲམ་གྱི་གྲོང་གསེབ་ཀྱི་རྡོ་བཟོ་བས་བརྩིགས་པ་རེད", "།"),
    "Chinese": ("古老的桥由邻村的石匠建造", "。"),
    "Japanese": ("古い橋は隣の村の石工が建てた", "。"),
    "Thai": ("สะพานเก่าข้ามแม่น้ำสร้างโดยช่างหินจากหมู่บ้าน", ""),
    "Lao": ("ຂົວເກົ່າຂ້າມແມ່ນ້ຳຖືກສ້າງໂດຍຊ່າງຫີນຈາກບ້ານ", ""),
}


def counted(text: str, name: str) -> int:
    return int(split_batch([text]).counts[0, getattr(scan, name)])


@pytest.mark.parametrize("script", SCRIPTS)
def test_sentences_end_as_the_script_ends_them(script):
    words, stop = SCRIPTS[script]
    assert counted(f"{words}{stop} " * 6, "SENTENCES") == 6 and counted(f"{words}{stop}", "TERMINAL_LINES") == 1
    if stop and stop not in ".;":
        assert counted(f"{words}{stop}" * 6, "SENTENCES") == 6, "where no space follows"


@pytest.mark.parametrize("mark", MARKS)
def test_marks_behind_a_full_stop_leave_the_sentence_ended(mark):
    line = " ".join([f"the old bridge was built by masons.{mark}"] * 5)
    assert counted(line, "SENTENCES") == 5 and counted(line, "TERMINAL_LINES") == 1
    if mark != "a":
        assert counted(line.replace(".", "。"), "SENTENCES") == 5


@pytest.mark.parametrize(
    "line", ["it costs 3.5 in all", "he lives in the u.s.a today", "read a.b.c of it", "the file is v.2a now", "see (no. 4"]
)
def test_a_number_or_an_abbreviation_ends_no_sentence(line):
    assert counted(line, "SENTENCES") == 0 and counted(line, "TERMINAL_LINES") == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("function f() { return 1; }", 1),
        ("```\nfunction f() { return 1; }\n```\nand in prose {", 1),
        ("~~~ js\n{ { {\n~~~", 0),
        ("write `{name}` there, or {name}", 1),
        ("the formula $\\frac{a}{b}$ and $x^{2}$ and $$e^{ix}$$", 0),
        ("it costs $5 {or more}", 1),
        (r"the formula \(a_{1}\) and \[\sqrt{2}\] here", 0),
        ("\\[\n\\frac{a}{b} \\\\[2pt] c_{1}\n\\]\nand {so on}", 1),
        (r"\begin{equation}\begin{aligned}a_{1}\end{aligned} + b_{2}\end{equation} and {so on}", 1),
        (r"speed {\displaystyle v_{1}={\frac {a}{b}}} and {so on}", 1),
        (r"text.replace(/\(/, function () { return 1; })", 1),
        ("an open \\begin{array} x_{1}\n\nand {so on}", 1),
        ("The sum\n$$\n\\frac{a}{b}\n+ c_{1}\n$$\nand {so on}", 1),
        ("$$x_{1}\n= y^{2}$$ and $$\n\\sqrt{z}$$ {so on}", 1),
        ("a place for $$ or {more}, another for $$ or {more}", 2),
        ("an open $$ x_{1}\n\nand {so on}", 1),
        ("висина од 298 -{m}- и - {m}", 1),
    ],
)
def test_braces_count_outside_of_code_and_formulas_that_are_marked_as_such(text, count):
    assert counted(text, "CURLY_BRACES") == count


@pytest.mark.parametrize("bar", ["|", " |", "||", " | |"])
@pytest.mark.parametrize("script", ["Devanagari", "Bengali"])
def test_a_bar_typed_for_the_danda_ends_a_sentence(script, bar):
    line = f"{SCRIPTS[script][0]}{bar} " * 6
    assert counted(line, "SENTENCES") == 6 and counted(line, "TERMINAL_LINES") == 1
    assert counted(line.replace(f"{bar} ", bar.strip()), "SENTENCES") == 6, "where no space follows"


def test_bars_without_spaces_between_cells_end_one_sentence_at_most():
    assert counted("पुराना पुल|गाँव|नदी तट|पड़ोस|", "SENTENCES") <= 1


@pytest.mark.parametrize("line", ["| पुराना पुल | गाँव का | पड़ोस |", "one two three | four five six |", "पुराना पुल गाँव | पड़ोस का"])
def test_a_bar_between_cells_ends_none(line):
    assert counted(line, "SENTENCES") == 0 and counted(line, "TERMINAL_LINES") == 0
