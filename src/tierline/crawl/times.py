"""Reads the time of a record in whatever form a corpus has it; what could mean two times means none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 631_152_000, 4_102_444_800  # seconds of 1990 and 2100: a number of crawl times lies between them in one unit alone
PLACEHOLDERS = (1, 9999)  # the years of the least and the greatest time of databases and .NET, which stand for none
_TICKS = range(629 * 10**15, 650 * 10**15)  # of .NET, 100 ns since the year 1: 1994 to 2060; as ns since 1970, some of 1990
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)  # parts of a second: s, ms, µs, ns
_NUMBER = re.compile(r"(\d{1,19})(\.\d{1,9})?\Z")
_DIGITS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S", 17: "%Y%m%d%H%M%S%f"}  # as in CDX files and Wayback URLs
_SLASHES = re.compile(r"(\d{4})/(\d{2})/(\d{2})(?=\D|\Z)")
_SPACE_BEFORE_ZONE = re.compile(r"(?<=\d) {1,3}(?=[+-]\d\d)")
_UTC_NAME = re.compile(r"(?<=[\d.]) ?(?:UTC|GMT|Z)\Z", re.I)
# RFC 9110, 5.6.7 (all three forms), and RFC 5322, 3.3: what email.utils takes beyond them may be no time.
_HTTP_DATE = re.compile(
    r"(?:[a-z]{3,9},? )?\d{1,2}[ -][a-z]{3}[ -]\d{2}(?:\d\d)? \d{1,2}:\d\d(?::\d\d)?(?: ?(?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4}))?\Z", re.I
)
_ASCTIME = re.compile(r"[a-z]{3} [a-z]{3} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}\Z", re.I)


def time_of(value: Any) -> datetime | None:
    """The time in UTC, where a value without a zone is taken for UTC. None for what is none, is out of range or is ambiguous.

    Takes datetimes and dates; numbers since 1970 in seconds, milli-, micro- or nanoseconds; digits such as 20190425125754; ISO 8601; the
    dates of HTTP and mail; and each of these as text, bytes or `{"$date": ...}` (MongoDB).
    """
    try:
        found = _time_of(value)
        return None if found is None or found.year in PLACEHOLDERS else found
    except (ValueError, OverflowError):  # no time, or one beyond the years 1 to 9999 in UTC
        return None


def _time_of(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bytes):
        value = value.decode("ascii")  # UnicodeDecodeError is a ValueError
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return _time_of(next((inner[name] for name in ("$date", "$numberLong") if name in inner), None))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if number := _NUMBER.match(text):
        return _of_number(number[1], number[2] or "")
    with suppress(ValueError):  # first, for it is what most have
        return _utc(datetime.fromisoformat(text))
    if _HTTP_DATE.match(text) or _ASCTIME.match(text):
        return _utc(parsedate_to_datetime(text))
    iso = _SPACE_BEFORE_ZONE.sub("", _UTC_NAME.sub("+00:00", _SLASHES.sub(r"\1-\2-\3", text, count=1)))
    return _utc(datetime.fromisoformat(iso))


def _of_number(digits: str, fraction: str) -> datetime | None:
    """Of a count since 1970, or of a date without separators; where it may be both, of neither."""
    if int(digits) in _TICKS:
        return None
    found = [_since_epoch(digits, fraction, unit) for unit in _UNITS if _FIRST * unit <= int(digits) <= _LAST * unit]
    if (form := _DIGITS.get(len(digits))) and digits.startswith(("19", "20")) and not fraction.strip(".0"):
        with suppress(ValueError):  # no date: a count, if anything
            found.append(datetime.strptime(digits, form).replace(tzinfo=UTC))
    return found[0] if len(found) == 1 else None


def _since_epoch(digits: str, fraction: str, unit: int) -> datetime:
    parts = int(digits) * 1_000_000_000 // unit  # nanoseconds
    return _EPOCH + timedelta(microseconds=parts // 1000 + int(float(fraction or 0) * 1_000_000 / unit + 0.5))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
