"""Finds phone numbers: libphonenumber's metadata says which digits are one, the writing around them says which are meant as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from tierline.filters.number_runs import Place, reach
from tierline.text.units import unit_named

# Every repetition is bounded, so that no text takes more than linear time. ASCII: in Chinese or Japanese a number follows the word
# before it without a space.
NUMBER = re.compile(r"[+(]{0,3}\d(?:[ ()./-]{0,3}\d){6,24}", re.A)
WITHIN = re.compile(r"(?:[\w+-]|[^/]/|\d[.,:]|\w\.|\d )\Z", re.A)  # ends in what a number does not begin behind,
WITHIN_CHARACTERS = 2  # of these
GOES_ON = re.compile(r"-?\w|[.,:]\d", re.A)
LAST_DIGITS = re.compile(r"(?:/\d{1,4}| / ?\d\d){1,4}(?![\w/-]|[.,:]\d)", re.A)  # of further numbers that differ in them alone
GROUP_END = re.compile(r"\d(?=[^\d]|$)")
BETWEEN_NUMBERS = re.compile(r" ?/ ?| - ")
EXTENSION = re.compile(r",? ?(?:ext(?:ension|n)?|x|доб|int|poste|anexo|ramal|durchwahl|内线|分機|内線)[.:]{0,2} ?\d{1,5}(?!\w)", re.I)
CHECK_DIGIT = re.compile(r"-\d(?![\w-]|[.,]\d)")
NORTH_AMERICA = re.compile(r"(?:\+?1[ .-])?(?:[2-9]\d{2}([.-])\d{3}\1|\([2-9]\d{2}\)[ -]?\d{3}[ .-])\d{4}(?![\d-]|[./]\d)")
TRUNK_IN_BRACKETS = re.compile(r"\(0\d{1,4}\)[ .-]?\d{2,5}(?:[ -]?\d{2,5}){0,3}")
AREA_CODE = re.compile(r"\(|0\d{1,5}[^\d]|[18][ -]?\(")  # in brackets or behind the trunk prefix
TRUNK_SET_OFF = re.compile(r"\(?0\d{1,4} ?[)/-]")
DECIMAL = re.compile(r"\+\d{1,3}\.\d{4,}(?!\.)")
REGISTRANT = re.compile(r"\+\d{1,3}\.\d{8,12}")  # as registries of domains write them (RFC 5733, section 2.5)
THOUSANDS = re.compile(r"\+\d{1,3}([ .])\d{3}(?:\1\d{3})*|\d{1,3}(?:\.\d{3}){2,}")
SIGNED = re.compile(r"[+-]?\d{1,3}\.\d{1,12}[°ªº]? ?[NSEWO]?[ ,;/]{0,3}\Z")
ROUND = re.compile(r"[1-9]\d{0,2}0{5,12}|[1-9]\d?([ .])(?:\d{3}\1)+000|\d{3}([ .])(?:\d{3}\2)*000\2(?:000)")
DECIMALS = re.compile(r"\d{1,3}\.\d{1,2}(?: ?[ -] ?\d{1,3}\.\d{1,2})+")
YEARS = re.compile(r"(?:\d{1,3}[ /-])?(?:19|20)\d\d(?:[ /-](?:19|20)\d\d)+")
BANDS = re.compile(r"(?:850|900|1[789]00|2100)(?:[ /-]{1,3}(?:850|900|1[789]00|2100))+")  # megahertz, in which mobile phones send
COUNTED = re.compile(r" ?[部台个個人名件款次元円万亿億대명개원만]")  # what Chinese, Japanese and Korean count in
NEXT_SIGNED = re.compile(r"[°ªº]? ?[NSEWO]?[ ,;/]{0,3}[+-]?\d{1,3}\.\d")
NOTHING = re.compile(r"(?!)")
ADDRESS = re.compile(r"(?!\d\d(?:\.\d\d){3})\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
PAIRS = re.compile(r"\d\d(?:[ -]\d\d){3,6}")
# A word's beginning announces only with what goes on like it: "telefon", not "Telugu"; "сотовый", not "сотни". Which letters words begin
# with is asked first, else each of a hundred is tried at every character.
ANNOUNCED = re.compile(
    r"(?:\b(?=[a-zđ])(?:t[eé]l(?:(?![a-zà-ÿ])|[eéè](?:f|ph|po)|(?:s|p|nr|no|num)\b)|tlp|tlf|tfn|phone(?!tic|me)|ph\b(?-i:(?<=P.))|mobi(?:l(?!i[zste])|t?el)|mob\b"
    r"|fa(?:x|ks)(?!ed|ing)|whatsapp|viber|hotline|helpline|infoline|landline|puh(?:\b|elin)|fon[oe]s?\b|m[oó]vil|celular|ligue\b|appelez"
    r"|anrufen|zadzwoń|soita|điện thoại|s?đt|contacto?\b|kontakt\b|(?-i:[TMPF])(?=:)|(?:call|text|sms|cell|handy|gsm|ruf|bel|ring)\b)"
    r"|\b(?=[^\x00-\x7f])(?:факс|тел(?:\b|еф)|моб(?:\b|[иі])|сот(?:\b|ов)|звон|дзвон|утас(?:ны)?\b|τηλ(?:\b|[εέ]φ)|κιν(?:\b|ητ)|φαξ"
    r"|ה?טל(?:\b|פון)|נייד|פקס|و?(?:ال|لل|بال)?(?:هاتف|تل[يی]?فو?ن|جوال|محمول|موبا[يیئ]ل|همراه|تماس|فا[کك]س|اتصا?ل|فون)"
    r"|फ़ोन|फोन|मोबाइल|दूरभाष|ফোন|মোবাইল|ਫ਼ੋਨ|ਫੋਨ|ਮੋਬਾ|ફોન|મોબા|தொலைபேசி|கைபேசி|அலைபேசி|ఫోన్|మొబైల్|ಫೋನ್|ಮೊಬೈಲ್|ದೂರವಾಣಿ|ഫോ[ണൺ]|മൊബൈ|දුරකථන|ජංගම|ଫୋନ"
    r"|ስልክ|ტელ|მობ|հեռ)|(?=[^\x00-\x7f])(?:โทร|มือถือ|แฟกซ์|ໂທ|ມືຖື|ទូរស័ព្ទ|ဖုန်း|电话|電話|手机|手機|热线|熱線|传真|傳真|携帯|致电|来电|來電|微信|전화|휴대폰|팩스|연락처))"
    r"[^\s\d!-@[-`{-~，、（）]{0,12}['׳]?[ .:)-]{0,4}"
    r"(?:(?:no|nr|us|at|is|number|on|auf|unter|en|al|au|на|по|số|番号|号码|는|은)[ .:-]{0,4})?\Z",
    re.I,
)
IN_ADDRESS = ("-", "/", ".", "=")  # before an announcing word that is part of a page's address
POCKET = re.compile(r"\bcep\b[ .:-]{0,4}\Z", re.I)  # a mobile phone in Turkish, a postal code in Portuguese
TURKISH_MOBILE = re.compile(r"\(?0?[ (]{0,2}5\d\d\)?[ -]?\d{3}(?:[ -]?\d\d){2}(?!\d)")
NEXT = re.compile(r"^(?: {1,2}|, ?| ?/ ?|; ?| (?:or|and|und|oder|et|ou|y|o|a) )\Z")
DATE = re.compile(
    r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}(?:[ .-]\d{1,4})?|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}(?:[ .-]\d{1,4})?"
    r"|\d{5}-\d{4}"  # or a ZIP code
    r"|\(?(?:1[5-9]|20)\d\d\)?[ /-](?:\d+-\d+|\d+ \d+-\d+|\d{4}.*)"  # or a year, a volume and pages, or years
)
LABELED = re.compile(
    r"\b(?:isbn|issn|doi|arxiv|pmid|patent|sku|item|part|serial|model|order|article|art|ean|upc|gtin|id|ref|vol|volume|issue|pp?|pages?|ip|draw"
    r"|invoice|case|lot|account|zip|rfc|iso|seiten?|стр|с|页|頁)\b[\w .:#№°-]{0,12}\Z"
    # or how many people or how much land: thousands apart by spaces look like a number in three groups
    r"|\b(?:population|inhabitants|einwohner|bevölkerung|habitants|población|habitantes|popolazione|abitanti|população|ludność|население|人口"
    r"|area|fläche|superficie|superfície|площадь)\b[\w .:()-]{0,12}\Z",
    re.I,
)
MEASURED = re.compile(r" ?([%°‰$€£¥₹₽]|[^\W\d_]{1,12}(?:/h|/s)?)")
NEXT_WITHIN = 6  # characters behind a number, in which another in a list begins
LETTERS = 30  # characters before a number in which words can say what it is
DIGITS = range(7, 16)  # of a phone number (E.164)
NATIONAL_DIGITS = 9  # fewest of one that no word announces; 8 where its area code is in brackets
HIGHEST_DRAWN = "60"  # of the numbers in a draw
BARE_DIGITS, FEW = 10, 5  # fewest of one in which nothing groups them; regions
SPEAKERS = 5.0  # percent of a region's people who speak a language that is official there
# Where nothing says in which language a text is: the regions with the most web pages.
ANYWHERE = ("US", "GB", "DE", "FR", "ES", "IT", "RU", "BR", "JP", "CN", "IN")


@dataclass
class _Before:
    """What stands before a number, and what it says of it; found out only where it is asked, because it takes long."""

    text: str
    follows: bool  # whether another number of a list does

    @cached_property
    def word(self) -> re.Match[str] | None:
        """The word that announces a number."""
        return ANNOUNCED.search(self.text)

    @cached_property
    def announces(self) -> bool:
        """Whether a phone number is to be expected."""
        return self.follows or self.word is not None

    @cached_property
    def labels(self) -> bool:
        """Whether a number of another kind is."""
        return not self.announces and LABELED.search(self.text) is not None

    @property
    def is_behind_word(self) -> bool:
        """Whether it ends in a point or dash of the announcing word, which is not part of a page's address."""
        return bool(self.text[-1:] in (".", "-") and self.word and self.text[: self.word.start()][-1:] not in IN_ADDRESS)


def phone_numbers(text: str, runs: Sequence[Place], language: Callable[[], str]) -> Iterator[Place]:
    """Phone numbers in a text with ASCII digits and signs: international ones, ones that a word announces or that follow another in a
    list, and ones written as the regions write them where the text's language is spoken. It is asked for only if a number needs it."""
    last = -LETTERS  # end of the number before
    at = 0
    for place in runs:
        at = max(at, place[0])
        while (match := NUMBER.search(text, at, reach(place))) and match.start() < place[1]:
            start, number = match.start(), match[0]
            if number[0] == "(" and ")" not in number:
                start, number = start + 1, number[1:]
            before = text[max(0, start - LETTERS) : start]
            follows = start - last <= NEXT_WITHIN and NEXT.match(text[last:start])
            context = _Before(before, bool(follows))
            length = 0
            for one in _readings(number):
                at = start + len(one)
                if WITHIN.search(before[-WITHIN_CHARACTERS:]) and not (context.follows or context.is_behind_word):
                    break
                if (mobile := TURKISH_MOBILE.match(one)) and POCKET.search(before):
                    length = mobile.end()
                else:
                    length = _length(one, context, text[at : at + LETTERS], language)
                if length:
                    last = start + length
                    tail = EXTENSION.match(text, last) or CHECK_DIGIT.match(text, last) or LAST_DIGITS.match(text, last)
                    at = last = tail.end() if tail else last
                    yield start, last
                    break


def _readings(number: str) -> list[str]:
    """What may be one number, in this order: all up to where a slash follows one or another number begins, and up to where one is whole."""
    if "/" not in number and " - " not in number:
        return [number]
    ends = [one for one in BETWEEN_NUMBERS.finditer(number) if _digits(number[: one.start()]) >= DIGITS.start]
    nexts = [one.start() for one in ends if one[0] == "/" or _digits(number[one.end() :]) >= DIGITS.start]
    first = next(iter(nexts), len(number))
    return list(dict.fromkeys((number[:first], number[: ends[0].start()] if ends else number)))


def _length(number: str, before: _Before, behind: str, language: Callable[[], str]) -> int:
    """How many characters of a number are a phone number, from its beginning; 0 if none. What takes long to know is asked for last."""
    ends = [one.end() for one in GROUP_END.finditer(number) if _digits(number[: one.end()]) in DIGITS]
    if not ends or ADDRESS.match(number) or (GOES_ON.match(behind) and not EXTENSION.match(behind)):
        return 0
    if number.lstrip("(")[0] == "+":
        return _international(number, ends, before.text, behind)
    abroad = number.startswith("00") and _international("+" + number[2:], [end - 1 for end in ends], before.text, behind)
    if abroad and not before.labels:
        return abroad + 1
    if DATE.fullmatch(number):
        return 0
    if found := NORTH_AMERICA.match(number):
        return 0 if before.labels else found.end()
    if behind[:1] == "/" and behind[1:2].isdigit() and not (AREA_CODE.match(number) or before.announces):
        return 0
    if before.announces:
        if _is_round(number, behind):
            return 0
        if PAIRS.fullmatch(number) and ends[-1] == len(number):  # else regions that have a shorter number take a part of it
            return len(number)
        return next((end for end in reversed(ends) if _is_national(number[:end], language)), ends[-1])
    if ends[-1] != len(number) or _digits(number) < NATIONAL_DIGITS - (number[0] == "(") or _is_figure(number, behind) or before.labels:
        return 0
    if AREA_CODE.match(number) or len(GROUP_END.findall(number)) > 2:
        right = TRUNK_IN_BRACKETS.fullmatch(number) or _is_national(number, language)
    elif number.isdigit():
        right = _is_mobile(number, language)
    else:  # two groups may be a range or two numbers
        right = " " in number and len(regions(language())) <= FEW and _is_national(number, language)
    return len(number) if right else 0


def _digits(number: str) -> int:
    return sum(map(str.isdigit, number))


def _international(number: str, ends: list[int], before: str, behind: str) -> int:
    """The longest beginning that is valid, else the longest whose length is right and that is not written as a figure."""
    import phonenumbers

    if DECIMAL.match(number) and (not REGISTRANT.fullmatch(number) or SIGNED.search(before) or NEXT_SIGNED.match(behind)):
        return 0
    possible = 0
    for end in reversed(ends):
        try:
            parsed = phonenumbers.parse(number[:end])
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return end
        right = phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
        if right and not possible and not THOUSANDS.fullmatch(number[:end]):
            possible = end
    return possible


def _is_figure(number: str, behind: str) -> bool:
    """Thousands; two-digit numbers that grow, of a draw or hours; groups apart by spaces or points before a unit or currency."""
    pairs = number.replace("-", " ").split(" ") if PAIRS.fullmatch(number) else []
    if THOUSANDS.fullmatch(number) or (pairs and pairs == sorted(set(pairs)) and pairs[-1] <= HIGHEST_DRAWN):
        return True
    unit = MEASURED.match(behind) if not set(number) & set("()/-") else None
    return bool(unit and unit_named(unit[1]))


def _is_round(number: str, behind: str) -> bool:
    """A figure that even a word for telephones does not make a number of one: thousands, decimals, years, numbers that are counted up."""
    if any(kind.fullmatch(number) for kind in (ROUND, DECIMALS, BANDS)):
        return True
    if number.isdigit() and len(number) < BARE_DIGITS and COUNTED.match(behind):
        return True
    groups = re.split("[ /-]", number)
    if not all(group.isdigit() for group in groups):
        return False
    series = any(len(group) == 1 for group in groups) and all(len(group) <= 2 and group[0] != "0" for group in groups)
    values = [int(group) for group in groups]
    return (series or bool(YEARS.fullmatch(number))) and len(values) > 1 and values == sorted(set(values))


def _is_national(number: str, language: Callable[[], str]) -> bool:
    """Whether a region of the language has this number and writes it in these groups; where the trunk prefix and area code are set
    off by more than a space, the groups behind them are free."""
    import phonenumbers

    leniency = phonenumbers.Leniency.VALID if TRUNK_SET_OFF.match(number) else phonenumbers.Leniency.STRICT_GROUPING
    digits = "".join(filter(str.isdigit, number))
    for region in regions(language()):
        prefix, pattern = _numbering_plan(region)
        if pattern.fullmatch(digits) or (prefix and digits.startswith(prefix) and pattern.fullmatch(digits, len(prefix))):
            found = next(iter(phonenumbers.PhoneNumberMatcher(number, region, leniency, max_tries=1)), None)
            if found and found.raw_string == number:
                return True
    return False


def _is_mobile(number: str, language: Callable[[], str]) -> bool:
    """Whether digits without any grouping are a mobile phone's number where the language is at home in few regions."""
    import phonenumbers

    if len(number) < BARE_DIGITS or len(regions(language())) > FEW or not _is_national(number, language):
        return False
    parsed = (phonenumbers.parse(number, region) for region in regions(language()))
    return any(phonenumbers.number_type(one) == phonenumbers.PhoneNumberType.MOBILE for one in parsed)


@cache
def regions(language: str) -> tuple[str, ...]:
    """Regions in which a language is official and spoken by enough people (CLDR), one for each calling code."""
    import phonenumbers
    from babel.core import get_global

    shares = {
        region: info["population_percent"]
        for region, languages in get_global("territory_languages").items()
        for name, info in languages.items()
        if name.partition("_")[0] == language and info["official_status"]
    }
    spoken = [region for region, share in shares.items() if share >= min(SPEAKERS, max(shares.values()))]
    codes = {phonenumbers.country_code_for_region(region) for region in spoken} - {0}
    return tuple(phonenumbers.region_code_for_country_code(code) for code in sorted(codes)) or ANYWHERE


@cache
def _numbering_plan(region: str) -> tuple[str, re.Pattern[str]]:
    """The trunk prefix of a region and the digits of every kind of number in it: asked before the library's matcher, which is slow."""
    import phonenumbers

    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if plan is None:
        return "", NOTHING
    kinds = (plan.fixed_line, plan.mobile, plan.toll_free, plan.premium_rate, plan.shared_cost, plan.personal_number, plan.voip, plan.uan)
    patterns = [kind.national_number_pattern for kind in (*kinds, plan.pager) if kind and kind.national_number_pattern]
    return plan.national_prefix or "", re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
