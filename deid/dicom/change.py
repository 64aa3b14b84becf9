"""What one value becomes: dates, ages, names, UIDs, dummies. Characters in, characters out; nothing of DICOM encoding.

References
----------
PS3.5 6.2 (forms of the VRs), PS3.15 E.3.6 (longitudinal temporal information), 45 CFR 164.514(b)(2)(i)(C) (ages).
"""

from __future__ import annotations

import hmac
import re
from datetime import date, timedelta

from deid.dicom.values import is_date, is_datetime, is_time

__all__ = ["age_between", "clip_age", "dummy", "seconds_of", "shift_date", "shift_datetime", "shift_time"]

_LOOSE_DATE = re.compile(r"(\d{4})([-./: ])(\d{1,2})\2(\d{1,2})")
_AGE = re.compile(r"(\d{1,4})([DWMY])")
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.436875, "Y": 365.2425}

#: Neutral values for attributes that may be neither empty nor absent. Their words are nobody's.
_DUMMY = {
    "AE": "REMOVED", "AS": "000D", "CS": "REMOVED", "DA": "20000101", "DS": "0", "DT": "20000101000000", "IS": "0",
    "LO": "REMOVED", "LT": "REMOVED", "PN": "REMOVED", "SH": "REMOVED", "ST": "REMOVED", "TM": "000000",
    "UC": "REMOVED", "UR": "https://removed.invalid/", "UT": "REMOVED",
}  # fmt: skip


def dummy(vr: str, length: int) -> bytes:
    """A neutral value that is legal for the VR; of ``length`` bytes where the VR is a number or a blob."""
    text = _DUMMY.get(vr)
    if text is not None:
        return text.encode()
    return bytes(max(length, {"FD": 8, "OD": 8, "SV": 8, "UV": 8, "US": 2, "SS": 2, "OW": 2, "OB": 2}.get(vr, 4)))


def shift_date(text: str, days: int) -> str | None:
    """A DA value some days later, in the form in which it came; a range of two dates shifts both.

    Returns
    -------
    str or None
        None if it is no date.
    """
    if is_date(text):
        digits = text.replace(".", "")
        shifted = _later(int(digits[:4]), int(digits[4:6]), int(digits[6:]), days)
        if shifted is None:
            return None
        mark = "." if "." in text else ""
        return f"{shifted.year:04d}{mark}{shifted.month:02d}{mark}{shifted.day:02d}"
    loose = _LOOSE_DATE.fullmatch(text)
    if loose is not None:
        shifted = _later(int(loose[1]), int(loose[3]), int(loose[4]), days)
        return None if shifted is None else f"{shifted:%Y%m%d}".rjust(8, "0")
    first, dash, last = text.partition("-")
    if dash and (first or last):
        ends = [shift_date(end.strip(), days) if end.strip() else "" for end in (first, last)]
        return None if None in ends else f"{ends[0]}-{ends[1]}"
    return None


def shift_datetime(text: str, days: int, seconds: int = 0) -> str | None:
    """A DT value some days later, of the same precision; None if it is none.

    A year or a month alone is taken for its middle, so that it moves when most of its days would.
    """
    if not is_datetime(text):
        # Devices write a bare DA, or a DA with a TM behind a blank.
        day, _, rest = text.partition(" ")
        moved = shift_date(day, days)
        rest = rest.strip().replace(":", "")
        return moved + rest if moved is not None and "-" not in moved and (not rest or is_time(rest)) else None
    digits = re.match(r"\d*", text)
    known = len(digits[0]) if digits else 0
    month = int(text[4:6]) if known >= 6 else 7
    day_of_month = int(text[6:8]) if known >= 8 else 15
    shifted = _later(int(text[:4]), month, day_of_month, days)
    if shifted is None:
        return None
    width, rest = min(known, 8), text[8:]
    if seconds and known > 8:
        clock = re.match(r"[\d.]*", rest)
        moved_time = shift_time(clock[0], seconds) if clock else None
        if clock is None or moved_time is None:
            return None
        if moved_time[1]:
            shifted += timedelta(days=1)
        return f"{shifted.year:04d}{shifted.month:02d}{shifted.day:02d}{moved_time[0]}{rest[clock.end() :]}"
    return f"{shifted.year:04d}{shifted.month:02d}{shifted.day:02d}"[:width] + text[width:]


def seconds_of(seed: bytes) -> int:
    """How far a subject's times of day move, where the recipe moves them: below a day, in seconds."""
    return int.from_bytes(hmac.digest(seed, b"time-of-day", "sha256")[:4], "big") % 86400


def shift_time(text: str, seconds: int) -> tuple[str, bool] | None:
    """A TM value some seconds later and whether that passes midnight; of the same precision, None if it is none."""
    if not is_time(text):
        return None
    digits, dot, fraction = text.replace(":", "").partition(".")
    whole = (digits + "000000")[:6]
    total = int(whole[:2]) * 3600 + int(whole[2:4]) * 60 + min(int(whole[4:]), 59) + seconds
    hour, minute, second = total // 3600 % 24, total // 60 % 60, total % 60
    moved = f"{hour:02d}{minute:02d}{second:02d}"[: len(digits)]
    return moved + dot + fraction, total >= 86400


def _later(year: int, month: int, day: int, days: int) -> date | None:
    try:
        return date(year, month, day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def clip_age(text: str, *, above: str = "089Y", to: str = "090Y") -> str | None:
    """An AS value, or ``to`` if it is higher than ``above``; None if it is no age."""
    found = _AGE.fullmatch(text.strip().upper())
    limit = _AGE.fullmatch(above)
    if found is None or limit is None:
        return None
    if found[2] == limit[2]:
        over = int(found[1]) > int(limit[1])
    else:
        # 1,080 months are 90 years: whatever has completed the year after the limit is over it.
        over = int(found[1]) * _DAYS[found[2]] >= (int(limit[1]) + 1) * _DAYS[limit[2]] - 0.5
    return to if over else text


def age_between(birth: str, day: str) -> str | None:
    """Patient's Age as AS on a day, from two DA values; None if they do not make one."""
    if not (is_date(birth) and is_date(day)):
        return None
    b, d = birth.replace(".", ""), day.replace(".", "")
    try:
        born, then = date(int(b[:4]), int(b[4:6]), int(b[6:])), date(int(d[:4]), int(d[4:6]), int(d[6:]))
    except ValueError:
        return None
    days = (then - born).days
    if days < 0:
        return None
    if days < 90:
        return f"{days:03d}D"
    years = then.year - born.year - ((then.month, then.day) < (born.month, born.day))
    if years < 2:
        months = (then.year - born.year) * 12 + then.month - born.month - (then.day < born.day)
        return f"{months:03d}M"
    return f"{years:03d}Y" if years < 1000 else None
