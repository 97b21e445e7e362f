"""Names units of measurement and currencies by their symbols and English words, so that the same unit has one name however written."""

from __future__ import annotations

from functools import cache


def unit_named(word: str) -> str | None:
    """CLDR's name of a unit, or ISO 4217's of a currency: "mg" and "milligrams" are mass-milligram, "€" and "euros" are EUR."""
    return _units().get(word) or _units().get(word.lower())


@cache
def _units() -> dict[str, str]:
    from babel import Locale
    from babel.numbers import get_currency_name
    from babel.units import format_unit

    english = Locale.parse("en")
    named: dict[str, str] = {}
    for length in ("long", "short", "narrow"):
        for unit in map(str, english.unit_display_names):
            for locale in ("en", "en_GB"):
                for count in (1, 2):
                    written = format_unit(count, unit, length, locale=locale).removeprefix(str(count)).strip()
                    named.setdefault(written, unit)
    for code, symbol in english.currency_symbols.items():
        named |= {code: code, symbol: code}
        named |= {get_currency_name(code, count, "en"): code for count in (1, 2)}
        if len(symbol) == 1:
            named |= {get_currency_name(code, count, "en").split(" ")[-1].lower(): code for count in (1, 2)}
    return named | {"US$": "USD", "per cent": "concentr-percent", "pct": "concentr-percent"}
