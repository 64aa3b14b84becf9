# ruff: noqa: E501, ARG002, SIM905, E741, C901 - tables of written forms
"""Slot functions: every kind of identifier in many written forms, with its label.

A slot returns pieces ``(text, label)``. One :class:`Scene` holds what belongs together in one document: patient,
numbers, the culture of the staff. Labels are values of :class:`deid.model.Category`.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import date, timedelta

from training.text.engine import Grammar, Pieces
from training.text.lists import listed
from training.text.names import CULTURES, Names, Person, fold

__all__ = ["Scene"]

_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}
_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
_CULTURE_WEIGHTS = {
    "en": None,
    "de": {"german": 22.0, "turkish": 3.0, "slavic": 2.5, "polish": 2.5},
    "es": {"spanish": 24.0},
    "fr": {"french": 22.0, "arabic": 3.0, "portuguese": 2.0},
}


class Scene:
    """What is true in one document, and the slot functions that read it."""

    def __init__(self, rng: random.Random, grammar: Grammar, *, language: str = "en", evaluation: bool = False) -> None:
        self.rng = rng
        self.grammar = grammar
        self.language = language
        self.names = Names(rng, evaluation=evaluation, weights=_CULTURE_WEIGHTS[language], language=language)
        self.culture: str | None = None
        for name in dir(self):
            if name.startswith("s_"):
                grammar.slots[name[2:].upper()] = getattr(self, name)
        self.renew()

    def renew(self, culture: str | None = None) -> None:
        """Start another document."""
        rng = self.rng
        self.patient: Person = self.names.person(culture)
        self.today = date(2000, 1, 1) + timedelta(days=rng.randrange(11000))
        self.birth = self.today - timedelta(days=rng.randrange(200, 36000))
        self.mrn = self._code(
            rng.choice(
                [
                    "#######",
                    "########",
                    "######",
                    "AA######",
                    "A#######",
                    "###-##-##",
                    "##-##-##-#",
                    "####-####",
                    "MRN#####",
                    "#########",
                    "H########",
                    "A-######",
                ]
            )
        )
        self.accession = self._code(
            rng.choice(
                [
                    "A########",
                    "########",
                    "AA-##-#####",
                    "20##-#####",
                    "AAA#######",
                    "##AA######",
                    "ACC#######",
                    "E#########",
                    "#######.#",
                    "CT##-####",
                    "##########",
                ]
            )
        )
        self.sequence = "mdy" if self.language == "en" and rng.random() < 0.6 else "dmy"
        self.known: dict[str, str] = {}
        self.date_style = rng.randrange(14)
        self.same_style = rng.random() < 0.6

    # ------------------------------------------------------------------ helpers

    def _code(self, pattern: str) -> str:
        rng = self.rng
        out = []
        for char in pattern:
            if char == "#":
                out.append(rng.choice(string.digits))
            elif char == "?":
                out.append(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789"))
            elif char == "%":
                out.append(rng.choice(string.ascii_lowercase))
            elif char == "A":
                out.append(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            else:
                out.append(char)
        return "".join(out)

    def _stray_a(self, patterns: list[str]) -> str:
        return self._code(self.rng.choice(patterns))

    @staticmethod
    def _initials(person: Person) -> tuple[str, str, str]:
        return person.given[0], person.middle[:1], person.surname.split()[-1][0]

    def write_name(self, p: Person, form: str) -> str:
        """One written form of a person's name."""
        rng = self.rng
        g, m, s = p.given, p.middle, p.surname
        full_middle = f" {m}" if m else ""
        if form == "full":
            if p.family_first and rng.random() < 0.65:
                text = f"{s}{full_middle} {g}" if p.culture == "vietnamese" else f"{s} {g}"
            else:
                text = f"{g}{full_middle} {s}"
        elif form == "two":
            text = f"{g} {s}"
        elif form == "last":
            text = s
        elif form == "first":
            text = g
        elif form == "rev":
            text = rng.choice(
                [
                    f"{s}, {g}{full_middle}",
                    f"{s}, {g}",
                    f"{s}, {g}",
                    f"{s}, {g[0]}.",
                    f"{s},{g}",
                    f"{s}, {g} {m[:1]}".strip(),
                ]
            )
        elif form == "revup":
            text = rng.choice(
                [
                    f"{s.upper()}, {g}",
                    f"{s.upper()}, {g.upper()}{full_middle.upper()}",
                    f"{s.upper()} {g}",
                    f"{s},{g}".upper(),
                    f"{s} {g}".upper(),
                ]
            )
        elif form == "init":  # J. Smith, J Smith, JA Smith, Smith J, Smith JA
            mi = m[:1] or rng.choice("ABCDEFGHJKLMPRSTW")
            text = rng.choice(
                [
                    f"{g[0]}. {s}",
                    f"{g[0]}.{s}",
                    f"{g[0]} {s}",
                    f"{g[0]}{mi} {s}",
                    f"{g[0]}. {mi}. {s}",
                    f"{g[0]}.{mi}. {s}",
                    f"{s} {g[0]}",
                    f"{s} {g[0]}.",
                    f"{s} {g[0]}{mi}",
                    f"{s}, {g[0]}.{mi}.",
                    f"{g} {s[0]}.",
                    f"{g} {s[0]}",
                ]
            )
        elif form == "initials":
            a, b, c = self._initials(p)
            a, b, c = fold(a), fold(b), fold(c)
            b = b or rng.choice("ABCDEFGHJKLMNPRSTW")
            text = rng.choice(
                [
                    a + c,
                    a + b + c,
                    f"{a}.{c}.",
                    f"{a}.{b}.{c}.",
                    a + c,
                    (a + c).lower(),
                    (a + b + c).lower(),
                    f"{a}. {c}.",
                ]
            )
        elif form == "hl7":
            text = rng.choice([f"{s}^{g}", f"{s}^{g}^{m}", f"{s}^{g}^{m}^^", f"{s}^{g}^^^MR", f"{s}^{g}^^DR"])
            if rng.random() < 0.7:
                text = text.upper()
            text = text.removesuffix("^^^MR").removesuffix("^^DR").removesuffix("^^MR").rstrip("^")
        elif form == "upper":
            text = f"{g}{full_middle} {s}".upper()
        elif form == "lower":
            text = f"{g} {s}".lower()
        else:
            raise ValueError(form)
        if form in ("full", "two", "upper") and self.language == "en":
            roll = rng.random()
            if roll < 0.02:
                text += rng.choice([" Jr.", " Jr", " Sr.", " III", " II", ", Jr."])
            elif roll < 0.035 and form != "upper":
                nick = rng.choice(["Bob", "Bill", "Peggy", "Mike", "Tony", "Beth", "Chuck", "Sue", "Jim", p.given[:3]])
                text = rng.choice([f'{g} "{nick}" {s}', f"{g} ({nick}) {s}", f"{g} '{nick}' {s}"])
            elif roll < 0.045 and form != "upper":
                text += f" ({rng.choice(['née', 'nee', 'formerly'])} {self._person().surname})"
        return text

    def _person(self) -> Person:
        return self.names.person(self.culture)

    # ------------------------------------------------------------------ people

    def s_name(self, form: str) -> Pieces:
        """Anybody. Without a form: any of the usual ones."""
        form = form or self.rng.choice(["full", "full", "two", "last", "last", "init", "rev"])
        if "/" in form:
            form = self.rng.choice(form.split("/"))
        return [(self.write_name(self._person(), form), "NAME")]

    def s_pt(self, form: str) -> Pieces:
        """The patient of this document."""
        form = form or self.rng.choice(["full", "two", "rev", "revup", "last"])
        if "/" in form:
            form = self.rng.choice(form.split("/"))
        if "PatientName" not in self.known:
            self.known["PatientName"] = f"{self.patient.surname}^{self.patient.given}" + (
                f"^{self.patient.middle}" if self.patient.middle else ""
            )
        return [(self.write_name(self.patient, form), "NAME")]

    def s_family(self, argument: str) -> Pieces:
        """A relative: given name, perhaps with the patient's surname."""
        p = self._person()
        return [
            (self.rng.choice([p.given, f"{p.given} {self.patient.surname}", p.given, f"{p.given} {p.surname}"]), "NAME")
        ]

    def s_bare(self, argument: str) -> Pieces:
        """A bare surname, often one that is a word or very short."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.22:
            return [(rng.choice(self.names.words), "NAME")]
        if roll < 0.26:
            return [(rng.choice(self.names.words) + "-" + self._person().surname, "NAME")]
        if roll < 0.36:
            return [(self.names.surname(rng.choice(["chinese", "korean", "vietnamese"])), "NAME")]
        return [(self._person().surname, "NAME")]

    def s_wordname(self, argument: str) -> Pieces:
        """A person whose names are words."""
        rng = self.rng
        word = rng.choice(self.names.words)
        given = self._person().given if rng.random() < 0.8 else rng.choice(self.names.words)
        return [
            (
                rng.choice([f"{given} {word}", word, f"{given[0]}. {word}", f"{word}, {given}", f"{given} {word}"]),
                "NAME",
            )
        ]

    def s_syn(self, argument: str) -> Pieces:
        """An unlabelled made-up surname: eponyms ("the Karvonen sign")."""
        culture = self.rng.choice(list(CULTURES))
        return [(self.names.surname(culture).split(" y ")[0], "")]

    # ------------------------------------------------------------------ dates, ages

    def _date(self) -> date:
        rng = self.rng
        return self.today - timedelta(days=int(rng.expovariate(1 / 400)))

    def write_date(self, d: date, style: int | None = None) -> str:
        """One written form of a full date."""
        rng = self.rng
        if style is None:
            style = self.date_style if self.same_style else rng.randrange(24)
        a, b = (d.month, d.day) if self.sequence == "mdy" else (d.day, d.month)
        month = _MONTHS[self.language][d.month - 1]
        short = month[:3] if self.language != "en" or rng.random() < 0.9 else month[:4]
        y, yy = d.year, f"{d.year % 100:02d}"
        if self.language in ("de", "es", "fr"):
            forms = {
                "de": [
                    f"{d:%d.%m.%Y}",
                    f"{d.day}.{d.month}.{y}",
                    f"{d:%d.%m.}{yy}",
                    f"{d.day}. {month} {y}",
                    f"{d.day}. {month}",
                    f"{d:%Y-%m-%d}",
                    f"{d.day}.{d.month}.{yy}",
                    f"{d:%d.%m.}",
                    f"{month} {y}",
                    f"{d.day}. {short}. {y}",
                    f"{d:%m/%Y}",
                ],
                "es": [
                    f"{d:%d/%m/%Y}",
                    f"{d.day}/{d.month}/{y}",
                    f"{d:%d/%m/}{yy}",
                    f"{d.day} de {month} de {y}",
                    f"{d.day} de {month}",
                    f"{d:%d-%m-%Y}",
                    f"{d:%Y-%m-%d}",
                    f"{month} de {y}",
                    f"{d.day} {short} {y}",
                    f"{d:%d.%m.%Y}",
                    f"{d.day}-{short}-{yy}",
                    f"{d.day} {month} {y}",
                ],
                "fr": [
                    f"{d:%d/%m/%Y}",
                    f"{d.day}/{d.month}/{y}",
                    f"{d:%d/%m/}{yy}",
                    f"{d.day} {month} {y}",
                    f"{d.day if d.day > 1 else '1er'} {month}",
                    f"{d:%d.%m.%Y}",
                    f"{d:%Y-%m-%d}",
                    f"{month} {y}",
                    f"{d:%d-%m-%Y}",
                    f"{d.day} {short}. {y}",
                    f"{d:%m/%Y}",
                ],
            }[self.language]
            return forms[style % len(forms)] if self.same_style else rng.choice(forms)
        ordinal = f"{d.day}{'th' if 10 <= d.day <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(d.day % 10, 'th')}"
        forms = [
            f"{a:02d}/{b:02d}/{y}",
            f"{a}/{b}/{y}",
            f"{a}/{b}/{yy}",
            f"{a:02d}/{b:02d}/{yy}",
            f"{month} {d.day}, {y}",
            f"{d.day} {month} {y}",
            f"{d:%Y-%m-%d}",
            f"{d.day} {short} {y}",
            f"{d.day}-{short}-{y}",
            f"{d:%Y%m%d}",
            f"{d:%d.%m.%Y}",
            f"{short} {d.day}, {y}",
            f"{a:02d}-{b:02d}-{y}",
            f"{d.day:02d}-{short.upper()}-{yy}",
            f"{month} {ordinal}, {y}",
            f"{ordinal} {month} {y}",
            f"the {ordinal} of {month} {y}",
            f"{d:%Y/%m/%d}",
            f"{d.day:02d}{short.upper()}{y}",
            f"{a}-{b}-{yy}",
            f"{a}.{b}.{yy}",
            f"{d.day} {short} '{yy}",
            f"{month} {d.day} {y}",
            f"{short}. {d.day}, {y}",
        ]
        text = forms[style % len(forms)]
        roll = rng.random()
        if roll < 0.04:
            text = f"{_DAYS['en'][d.weekday()]}, {text}" if text[0].isalpha() else text
        elif roll < 0.06:
            text = rng.choice(
                [
                    f"{d:%Y-%m-%d}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00Z",
                    f"{d:%Y%m%d}{rng.randrange(24):02d}{rng.randrange(60):02d}00",
                    f"{d:%Y-%m-%dT}{rng.randrange(24):02d}:{rng.randrange(60):02d}",
                ]
            )
        elif roll < 0.075:
            e = d + timedelta(days=rng.randrange(1, 9))
            text = rng.choice(
                [
                    f"{a}/{b}-{e.month}/{e.day}/{y}",
                    f"{month} {d.day}-{e.day}, {y}",
                    f"{d.day}-{e.day} {month} {y}",
                    f"{d.day} to {e.day} {month}",
                ]
            )
        elif roll < 0.085:
            text = rng.choice(
                [
                    f"{_DAYS['en'][d.weekday()][:3]} {a}/{b}",
                    f"{_DAYS['en'][d.weekday()]} {month} {d.day}",
                    f"{_DAYS['en'][d.weekday()][:3]} {d.day} {short} {y}",
                ]
            )
        return text

    def s_date(self, argument: str) -> Pieces:
        """A full date, sometimes partial."""
        rng = self.rng
        if argument == "iso":
            return [(f"{self._date():%Y-%m-%d}", "DATE")]
        if argument == "compact":
            return [(f"{self._date():%Y%m%d}", "DATE")]
        if argument == "part" or (not argument and rng.random() < 0.1):
            return self.s_partdate("")
        if argument == "today":
            return self._article(self.write_date(self.today))
        return self._article(self.write_date(self._date()))

    @staticmethod
    def _article(text: str) -> Pieces:
        """The article of "the 3rd of May" is no part of the date."""
        if text.startswith("the "):
            return [("the ", ""), (text[4:], "DATE")]
        return [(text, "DATE")]

    def s_partdate(self, argument: str) -> Pieces:
        """Day and month, or month and year."""
        rng, d = self.rng, self._date()
        a, b = (d.month, d.day) if self.sequence == "mdy" else (d.day, d.month)
        month = _MONTHS[self.language][d.month - 1]
        short = month[:3]
        if self.language == "de":
            options = [
                f"{d.day}.{d.month}.",
                f"{d:%d.%m.}",
                f"{d.day}. {month}",
                f"{month} {d.year}",
                f"{d:%m/%Y}",
                f"{d:%m/%y}",
            ]
        elif self.language == "es":
            options = [
                f"{d.day}/{d.month}",
                f"{d.day} de {month}",
                f"{month} de {d.year}",
                f"{month} {d.year}",
                f"{d:%m/%Y}",
                f"{d:%d/%m}",
            ]
        elif self.language == "fr":
            options = [f"{d.day}/{d.month}", f"{d.day} {month}", f"{month} {d.year}", f"{d:%m/%Y}", f"{d:%d/%m}"]
        else:
            ordinal = f"{d.day}{'th' if 10 <= d.day <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(d.day % 10, 'th')}"
            options = [
                f"{a}/{b}",
                f"{a:02d}/{b:02d}",
                f"{month} {d.day}",
                f"{month} {ordinal}",
                f"{d.day} {short}",
                f"{short} {d.day}",
                f"{month} {d.year}",
                f"{short} {d.year}",
                f"{d.month}/{d.year}",
                f"{d.month:02d}/{d.year}",
                f"{ordinal} {month}",
                f"the {ordinal} of {month}",
                f"{short}-{d.year % 100:02d}",
                f"{d.month}/{d.year % 100:02d}",
                f"{d.day}-{short}",
                f"{short} '{d.year % 100:02d}",
                f"{ordinal} {short}",
                f"{a}-{b}",
            ]
        return self._article(rng.choice(options))

    def s_dob(self, argument: str) -> Pieces:
        self.known["PatientBirthDate"] = f"{self.birth:%Y%m%d}"
        return self._article(self.write_date(self.birth))

    def s_old(self, argument: str) -> Pieces:
        """An age over 89: an identifier."""
        return [(str(self.rng.randint(90, 104)), "AGE")]

    # ------------------------------------------------------------------ numbers

    def s_mrn(self, argument: str) -> Pieces:
        self.known["PatientID"] = self.mrn
        return [(self.mrn, "ID")]

    def s_acc(self, argument: str) -> Pieces:
        self.known["AccessionNumber"] = self.accession
        return [(self.accession, "ID")]

    def s_id(self, argument: str) -> Pieces:
        """Order, case, encounter, claim, employee and whatever number."""
        return [
            (
                self._stray_a(
                    [
                        "######",
                        "#######",
                        "########",
                        "##########",
                        "AA####",
                        "A##-####",
                        "AA-#####",
                        "####-##-###",
                        "S##-#####",
                        "#####-#",
                        "AAA-####-##",
                        "##-####-AA",
                        "A##########",
                        "??????",
                        "????-????-????",
                        "#####AA",
                        "PO#######",
                        "%%##%#%%",
                        "CASE-#####",
                        "TKT-####",
                        "#/##/####",
                        "R#####",
                        "ENC########",
                        "##/######",
                    ]
                ),
                "ID",
            )
        ]

    def s_ssn(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "###-##-####",
                        "###-##-####",
                        "### ## ####",
                        "#########",
                        "AA ## ## ## A",
                        "xxx-xx-####".replace("x", "X"),
                        "###.##.####",
                    ]
                ),
                "SSN",
            )
        ]

    def s_phone(self, argument: str) -> Pieces:
        local = {
            "de": [
                "0### #######",
                "0##/########",
                "+49 ### #######",
                "+49 (0)## ########",
                "0#### ######",
                "0#####-####",
                "+49-###-########",
            ],
            "es": [
                "### ## ## ##",
                "### ### ###",
                "+34 ### ### ###",
                "+34 ### ## ## ##",
                "#########",
                "(##) ####-####",
                "+52 ## #### ####",
            ],
            "fr": [
                "0# ## ## ## ##",
                "0#.##.##.##.##",
                "+33 # ## ## ## ##",
                "0#########",
                "+33#########",
                "0#-##-##-##-##",
            ],
        }
        patterns = local.get(
            self.language,
            [
                "(###) ###-####",
                "###-###-####",
                "###.###.####",
                "+1 ### ### ####",
                "1-###-###-####",
                "### ### ####",
                "x####",
                "ext. ####",
                "ext ####",
                "pager ####",
                "+44 #### ######",
                "0#### ######",
                "0## #### ####",
                "+## ### ### ###",
                "(0#) #### ####",
                "###-####",
                "##########",
                "(###)###-####",
                "###-###-#### x###",
                "#-####",
                "+91 ##### #####",
                "tel:+1-###-###-####",
            ],
        )
        if argument == "short":
            patterns = ["####", "#####", "####", "#-####", "######", "###"]
        text = self._stray_a(patterns)
        for cue in ("ext. ", "ext ", "pager ", "tel:", "x"):
            if text.startswith(cue):
                return [(cue, ""), (text[len(cue) :], "PHONE")]
        return [(text, "PHONE")]

    def _ascii(self, text: str) -> str:
        return "".join(c for c in fold(text).lower() if c.isalnum() and c.isascii())

    def s_email(self, argument: str) -> Pieces:
        rng, p = self.rng, self._person() if self.rng.random() < 0.5 else self.patient
        g, s = self._ascii(p.given), self._ascii(p.surname)
        user = rng.choice(
            [
                f"{g}.{s}",
                f"{g[0]}{s}",
                f"{g}{s}",
                f"{s}{g[0]}",
                f"{g}_{s}",
                f"{g}{rng.randint(1, 99)}",
                f"{s}.{g}",
                f"{g}.{s}{rng.randint(1, 2020)}",
                rng.choice(["info", "records", "radiology", "frontdesk", "support", "billing"]),
            ]
        )
        host = rng.choice(
            [
                "gmail.com",
                "yahoo.com",
                "outlook.com",
                "hotmail.co.uk",
                "example.org",
                "mail.example.com",
                "icloud.com",
                "proton.me",
                "nhs.net",
                "gmx.de",
                "orange.fr",
                "telefonica.es",
                self._ascii(self.names.synthetic("english"))
                + rng.choice(["health.org", ".edu", "clinic.com", ".net", "hospital.org", "rad.com", ".co.uk", ".io"]),
            ]
        )
        return [(f"{user}@{host}", "EMAIL")]

    def s_url(self, argument: str) -> Pieces:
        rng = self.rng
        host = self._ascii(self.names.synthetic(rng.choice(["english", "german", "spanish"])))
        return [
            (
                rng.choice(["https://", "http://", "www.", "https://www.", ""])
                + host
                + rng.choice([".com", ".org", ".net", "health.org", ".edu", "portal.com"])
                + rng.choice(
                    [
                        "",
                        "/",
                        "/" + self._code("%%%%/####"),
                        "/patient/" + self._code("#####"),
                        "/u/" + self._ascii(self.patient.given),
                        "/view?id=" + self._code("######"),
                    ]
                ),
                "URL",
            )
        ]

    def s_ip(self, argument: str) -> Pieces:
        r = self.rng.randrange
        return [
            (
                self.rng.choice(
                    [
                        f"{r(1, 255)}.{r(256)}.{r(256)}.{r(256)}",
                        f"10.{r(256)}.{r(256)}.{r(256)}",
                        f"192.168.{r(256)}.{r(256)}",
                        "fe80::" + self._code("####:%%##"),
                        f"{r(256):02x}:{r(256):02x}:{r(256):02x}:{r(256):02x}:{r(256):02x}:{r(256):02x}",
                    ]
                ),
                "IP",
            )
        ]

    def s_uid(self, argument: str) -> Pieces:
        r = self.rng.randrange
        return [
            (
                f"1.{r(2, 4)}.{r(10, 900)}.{r(1, 20000)}.{r(1, 99)}."
                + ".".join(str(r(1, 10 ** r(1, 9))) for _ in range(r(2, 6))),
                "UID",
            )
        ]

    def s_device(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "SN######",
                        "########",
                        "A####-####",
                        "AAA######",
                        "##AA####",
                        "S/N ######"[4:],
                        "AAAA####A",
                        "CT###",
                        "MR##-####",
                        "AW#######",
                        "####-AA-###",
                        "LK#####",
                        "#####",
                        "AAA-#####-A",
                    ]
                ),
                "DEVICE",
            )
        ]

    def s_station(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "RADWS##",
                        "CTSCANNER#",
                        "MRI-ROOM#",
                        "PACS-WS-###",
                        "AWP#####",
                        "CT##AA",
                        "ws##rad",
                        "XRAY#-AA",
                        "US-AAA-##",
                        "DX##",
                        "AAA_CT#",
                        "MR#AAA",
                    ]
                ),
                "DEVICE",
            )
        ]

    def s_vehicle(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "AAA ####",
                        "AAA-####",
                        "AA## AAA",
                        "#AAA###",
                        "A## AAA",
                        "AAA####",
                        "??????????????###",
                        "1HG????????######"[:17],
                        "##-AA-##",
                    ]
                ),
                "VEHICLE",
            )
        ]

    def s_account(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "#### #### #### ####",
                        "################",
                        "####-####-####-####",
                        "GB## AAAA #### #### #### ##",
                        "DE## #### #### #### #### ##",
                        "ES## #### #### #### #### ####",
                        "FR## #### #### #### #### #### ###",
                        "##########",
                        "########",
                        "######-####",
                        "#########",
                        "XXXX-XXXX-XXXX-####",
                        "ACCT-#######",
                        "####-######-##",
                    ]
                ),
                "ACCOUNT",
            )
        ]

    def s_plan(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "AAA#########",
                        "A########",
                        "##########",
                        "#AA#-AA#-AA##",
                        "W#### #####",
                        "AAAA########",
                        "###-##-####-A",
                        "#### ### ####",
                        "A##########",
                        "H####-###",
                    ]
                ),
                "HEALTH_PLAN",
            )
        ]

    def s_license(self, argument: str) -> Pieces:
        return [
            (
                self._stray_a(
                    [
                        "AA#######",
                        "##########",
                        "A#######",
                        "MD#####",
                        "A###-####-####",
                        "#########",
                        "D###-###-##-###-#",
                        "A##-##-####",
                        "GMC #######"[4:],
                        "RN######",
                    ]
                ),
                "LICENSE",
            )
        ]

    def s_user(self, argument: str) -> Pieces:
        rng, p = self.rng, self._person() if self.rng.random() < 0.6 else self.patient
        g, s = self._ascii(p.given), self._ascii(p.surname)
        word = self._ascii(rng.choice(self.names.words))
        return [
            (
                rng.choice(
                    [
                        f"{g[0]}{s}",
                        f"{s}{g[0]}",
                        f"{g}{rng.randint(1, 999)}",
                        f"{g}_{s}",
                        f"{g}.{s}",
                        f"{s[:5]}{g[:1]}{rng.randint(1, 9)}",
                        f"{g[:2]}{s[:3]}{rng.randint(10, 99)}",
                        f"{word}{rng.randint(1, 99)}",
                        f"{word}_{g}",
                        f"the{word}{g}",
                        f"x{g}{word}x",
                        f"{g[0]}{s[:6]}",
                        f"{s}_{g[0]}",
                        f"{g[0]}{s}{rng.randint(1, 99)}",
                        f"{g[0]}{p.middle[:1].lower()}{s}",
                        f"{g[0]}{fold(p.surname).lower().replace(' ', '-')}",
                        f"{s}.{g[0]}",
                        f"{s}{rng.randint(1, 999)}",
                        f"rad_{s}",
                        f"{g[:3]}{s[:3]}",
                        f"dr.{s}",
                        self._code("%%%##"),
                        self._code("%##%%%"),
                    ]
                ),
                "USERNAME",
            )
        ]

    def s_secret(self, argument: str) -> Pieces:
        rng = self.rng
        return [
            (
                rng.choice(
                    [
                        self._code("??????????"),
                        self._code("%%%%%%##") + "!",
                        self._ascii(rng.choice(self.names.words)).title() + self._code("####") + "!",
                        "sk-" + self._code("%%##%%%#%%##%#%"),
                        self._code("####"),
                    ]
                ),
                "OTHER",
            )
        ]

    # ------------------------------------------------------------------ places

    def _town(self) -> str:
        rng = self.rng
        if rng.random() < 0.45:
            out = self.grammar.expand(
                "town_evaluation" if self.names.evaluation and "town_evaluation" in self.grammar.rules else "town"
            )
            return "".join(t for t, _ in out)
        culture = rng.choice(
            [
                "english",
                "english",
                "english",
                "german",
                "french",
                "spanish",
                "nordic",
                "slavic",
                "italian",
                "indian",
                "african",
                "japanese",
                "dutch",
                "polish",
                "arabic",
            ]
        )
        if self.language != "en" and rng.random() < 0.7:
            culture = {"de": "german", "es": "spanish", "fr": "french"}[self.language]
        stem = self.names.synthetic(culture).split()[-1]
        if not self.names.evaluation and rng.random() < 0.35:  # between two known towns
            towns = ["".join(t for t, _ in self.grammar.expand("town")) for _ in range(6)]
            return self.names.crossed(towns)
        if culture == "english":
            stem = stem.replace("Mc", "").capitalize()
            return rng.choice(
                [
                    stem,
                    f"{stem} City",
                    f"Port {stem}",
                    f"{stem} Falls",
                    f"{stem} Springs",
                    f"New {stem}",
                    f"{stem}ville",
                    f"{stem} Heights",
                    f"Fort {stem}",
                    f"{stem}-on-Sea",
                    f"West {stem}",
                    f"Lake {stem}",
                    f"St. {stem}",
                    f"{stem}burg",
                    stem,
                    stem,
                ]
            )
        if culture == "german":
            return rng.choice(
                [
                    stem,
                    f"Bad {stem}",
                    f"{stem}stadt",
                    f"{stem}hausen",
                    f"{stem}dorf",
                    f"{stem} am Main",
                    f"Sankt {stem}",
                ]
            )
        if culture == "spanish":
            return rng.choice(
                [
                    stem,
                    f"San {stem}",
                    f"Villa {stem}",
                    f"{stem} del Río",
                    f"Puerto {stem}",
                    f"Santa {stem}",
                    f"{stem} de la Sierra",
                ]
            )
        if culture == "french":
            return rng.choice(
                [stem, f"Saint-{stem}", f"{stem}-sur-Mer", f"La {stem}", f"{stem}-les-Bains", f"Le {stem}"]
            )
        return stem

    def s_place(self, argument: str) -> Pieces:
        if argument == "country":
            return [("".join(t for t, _ in self.grammar.expand("country")), "PLACE")]
        if argument == "state":
            return [("".join(t for t, _ in self.grammar.expand("state")), "PLACE")]
        rng = self.rng
        if not argument and rng.random() < 0.15:
            return [("".join(t for t, _ in self.grammar.expand("country")), "PLACE")]
        return [(self._town(), "PLACE")]

    def s_street(self, argument: str) -> Pieces:
        rng = self.rng
        number = str(rng.randint(1, 9999 if self.language == "en" else 300))
        p = self._person()
        stem = rng.choice(
            [
                p.surname,
                rng.choice(self.names.words),
                rng.choice(self.names.words),
                self.names.synthetic("english"),
                p.given,
            ]
        )
        if self.language == "de":
            stem = rng.choice(
                [
                    self.names.synthetic("german"),
                    "Haupt",
                    "Bahnhof",
                    "Garten",
                    "Linden",
                    "Schul",
                    "Kirch",
                    "Berg",
                    "Goethe",
                    "Schiller",
                    "Rosen",
                ]
            )
            return [
                (
                    rng.choice(
                        [
                            f"{stem}straße {number}",
                            f"{stem}str. {number}",
                            f"{stem}weg {number}",
                            f"Am {stem}berg {number}",
                            f"{stem}gasse {number}a",
                            f"{stem}platz {number}",
                            f"{stem}allee {number}",
                            f"{stem}ring {number}",
                        ]
                    ),
                    "ADDRESS",
                )
            ]
        if self.language == "es":
            stem = rng.choice(
                [
                    self._person().surname,
                    self._person().given + " " + self._person().surname,
                    "Mayor",
                    "Real",
                    "del Sol",
                    "de la Paz",
                    "San Juan",
                    "de la Constitución",
                    "Nueva",
                ]
            )
            return [
                (
                    rng.choice(
                        [
                            f"Calle {stem} {number}",
                            f"C/ {stem}, {number}",
                            f"Avenida {stem} {number}",
                            f"Avda. {stem} nº {number}",
                            f"Calle {stem}, {number}, {rng.randint(1, 9)}º {rng.choice('ABCD')}",
                            f"Plaza {stem} {number}",
                            f"Paseo {stem} {number}",
                            f"Av. {stem} {number}",
                        ]
                    ),
                    "ADDRESS",
                )
            ]
        if self.language == "fr":
            stem = rng.choice(
                [
                    self._person().surname,
                    "Victor Hugo",
                    "de la Gare",
                    "de la République",
                    "des Lilas",
                    "du Moulin",
                    "Jean Jaurès",
                    "des Écoles",
                    "Saint-Michel",
                    "de Paris",
                    "du Général " + self._person().surname,
                ]
            )
            return [
                (
                    rng.choice(
                        [
                            f"{number} rue {stem}",
                            f"{number}, rue {stem}",
                            f"{number} avenue {stem}",
                            f"{number} bis rue {stem}",
                            f"{number}, boulevard {stem}",
                            f"{number} place {stem}",
                            f"{number} chemin {stem}",
                            f"{number} allée {stem}",
                        ]
                    ),
                    "ADDRESS",
                )
            ]
        if argument == "any" and rng.random() < 0.6:
            a, b = (
                rng.choice([p.surname, rng.choice(self.names.words), self._town()]),
                rng.choice([self._person().surname, rng.choice(self.names.words)]),
            )
            return [
                (
                    rng.choice(
                        [
                            f"{rng.choice(['The ', 'The Old ', ''])}{rng.choice(['Vicarage', 'Forge', 'Mill', 'Rectory', 'Barn', 'Cottage', 'School House', 'Lodge', 'Manor', 'Bakery', 'Dairy', 'Chapel', 'Stables', 'Granary'])}, {a} {rng.choice(['Walk', 'Lane', 'Road', 'Hill', 'Street', 'Green', 'Row'])}",
                            f"{a} {rng.choice(['Cottage', 'House', 'Farm', 'Lodge', 'Villa', 'Hall', 'Court'])}, {b} {rng.choice(['Lane', 'Road', 'Street'])}",
                            f"Unit {rng.randint(1, 60)}/{number} {a} {rng.choice(['Parade', 'Street', 'Road', 'Esplanade', 'Crescent'])}",
                            f"{number} Rue {rng.choice(['de la ', 'du ', 'des ', 'de ', ''])}{a}",
                            f"ul. {a} {rng.randint(1, 90)}/{rng.randint(1, 40)}",
                            f"H.No. {rng.randint(1, 900)}, Sector {rng.randint(1, 60)}",
                            f"Plot {rng.randint(1, 300)}, {a} Nagar",
                            f"Blk {rng.randint(1, 700)} {a} Ave {rng.randint(1, 12)} #{rng.randint(1, 20):02d}-{rng.randint(100, 400)}",
                            f"Calle {a} {number}",
                            f"Via {a}, {rng.randint(1, 90)}",
                            f"{a}straat {rng.randint(1, 200)}",
                            f"{a}gatan {rng.randint(1, 90)}",
                            f"{a}str. {rng.randint(1, 90)}",
                            f"Jl. {a} No. {rng.randint(1, 90)}",
                            f"{rng.randint(1, 40)}-{rng.randint(1, 40)}-{rng.randint(1, 40)} {a}",
                            f"Rural Route {rng.randint(1, 9)}, Box {rng.randint(1, 300)}",
                            f"{number} County Road {rng.randint(10, 900)}",
                            f"{number} Highway {rng.randint(1, 99)} {rng.choice(['N', 'S', 'E', 'W'])}",
                            f"Lot {rng.randint(1, 90)}, {a} Mobile Home Park",
                            f"{a} Apartments #{rng.randint(1, 400)}",
                        ]
                    ),
                    "ADDRESS",
                )
            ]
        kind = rng.choice(
            "St Street St. Ave Avenue Ave. Rd Road Rd. Lane Ln Dr Drive Blvd Boulevard Court Ct Way Place Pl Terrace Circle Close Crescent Parkway Pkwy Highway Square Row Hill Gardens Grove Mews Trail".split()
        )
        stem = rng.choice(
            [
                stem,
                stem,
                f"{rng.choice(['N', 'S', 'E', 'W', 'North', 'South', 'West', 'East', 'NW', 'Old', 'New', 'Upper'])} {stem}",
                rng.choice("1st 2nd 3rd 4th 5th 12th 21st 42nd 110th".split()),
                rng.choice(
                    "Main Oak Maple Elm Cedar Washington Lincoln High Church Mill Station Park Victoria Sunset Ridge Highland Lake Pine Walnut Chestnut Spring Center Union".split()
                ),
            ]
        )
        text = f"{number} {stem} {kind}"
        roll = rng.random()
        if roll < 0.15:
            text += rng.choice(
                [", Apt ", " Apt ", ", Apt. ", " #", ", Unit ", ", Suite ", " Ste ", ", Flat "]
            ) + rng.choice(
                [str(rng.randint(1, 900)), f"{rng.randint(1, 30)}{rng.choice('ABCDEF')}", rng.choice("ABCDE")]
            )
        elif roll < 0.2:
            text = f"Flat {rng.randint(1, 60)}, {text}"
        elif roll < 0.25:
            text = rng.choice(["PO Box ", "P.O. Box ", "P O Box "]) + str(rng.randint(10, 9999))
        elif roll < 0.3:
            text = f"{number}{rng.choice('abcABC')} {stem} {kind}"
        return [(text, "ADDRESS")]

    def s_zip(self, argument: str) -> Pieces:
        patterns = {"de": ["#####"], "es": ["#####"], "fr": ["#####"]}.get(
            self.language,
            [
                "#####",
                "#####",
                "#####-####",
                "AA# #AA",
                "AA## #AA",
                "A# #AA",
                "A#A #A#",
                "####",
                "######",
                "A##A ###"[:7],
            ],
        )
        return [(self._stray_a(patterns), "POSTCODE")]

    def _known(self, rule: str) -> Pieces:
        """One of the real institutions that everybody calls by a short name; none in other languages or held-out sets."""
        if self.language != "en" or self.names.evaluation or self.rng.random() > 0.15:
            return []
        return [("".join(t for t, _ in self.grammar.expand(rule)), "INSTITUTION")]

    def s_hospital(self, argument: str) -> Pieces:
        rng = self.rng
        if argument != "code" and (known := self._known("hospital_known")):
            return known
        stem = rng.choice([self._town(), self._person().surname, self._town(), rng.choice(self.names.words)])
        saint = rng.choice(
            [
                "Mary",
                "Mary's",
                "Luke's",
                "Joseph",
                "Joseph's",
                "John",
                "Vincent",
                "Elizabeth",
                "Jude",
                "Anne's",
                "Francis",
                "Thomas'",
                "Bartholomew's",
                self._person().given,
                self._person().given + "'s",
            ]
        )
        st = rng.choice(["St.", "St", "Saint", "St."])
        if self.language == "de":
            forms = [
                f"Klinikum {stem}",
                f"Universitätsklinikum {stem}",
                f"Krankenhaus {stem}",
                f"St.-{self._person().given}-Krankenhaus",
                f"{stem}-Klinik",
                f"Radiologie {stem}",
                f"MVZ {stem}",
                f"Praxis {stem}",
                f"Kreiskrankenhaus {stem}",
                f"Helios Klinikum {stem}",
                f"Medizinische Hochschule {stem}",
                f"Diakonissenkrankenhaus {stem}",
                f"Städtisches Klinikum {stem}",
                f"{stem}er Krankenhaus",
                f"Klinik am {stem}",
                f"Klinik {stem}",
                f"UK {stem}",
                f"Uniklinik {stem}",
                f"KH {stem}",
                f"Asklepios {stem}",
                f"Sana Klinik {stem}",
                f"Rhön-Klinikum {stem}",
                f"Röntgenpraxis {stem}",
                f"Gemeinschaftspraxis {self._person().surname}",
                f"Praxis Dr. {self._person().surname}",
                f"Praxis {self._person().surname} & {self._person().surname}",
                f"Radiologisches Zentrum {stem}",
                f"Marienhospital {stem}",
                f"St. {self._person().given} Hospital",
                f"Evangelisches Krankenhaus {stem}",
                f"Seniorenheim {stem}",
                f"Pflegeheim Haus {stem}",
                f"Reha-Klinik {stem}",
                f"Fachklinik {stem}",
                f"{stem} Apotheke",
                f"Haus {stem}",
                f"Bundeswehrkrankenhaus {stem}",
                f"Landeskrankenhaus {stem}",
                f"Kantonsspital {stem}",
                f"Spital {stem}",
                f"Herzzentrum {stem}",
                f"Medizinisches Versorgungszentrum {stem}",
            ]
        elif self.language == "es":
            forms = [
                f"Hospital {stem}",
                f"Hospital Universitario {stem}",
                f"Hospital General de {stem}",
                f"Clínica {stem}",
                f"Hospital San {self._person().given}",
                f"Centro de Salud {stem}",
                f"Hospital Clínico de {stem}",
                f"Complejo Hospitalario de {stem}",
                f"Hospital Virgen de {stem}",
                f"Centro Médico {stem}",
                f"Instituto {stem}",
                f"Sanatorio {stem}",
                f"H. {stem}",
                f"HU {stem}",
                f"Hospital de {stem}",
                f"Hospital Comarcal de {stem}",
                f"Hospital Regional {stem}",
                f"Hospital Santa {self._person().given}",
                f"Hospital Ntra. Sra. de {stem}",
                f"Clínica Universidad de {stem}",
                f"CAP {stem}",
                f"CS {stem}",
                f"Ambulatorio {stem}",
                f"Consultorio {stem}",
                f"Policlínica {stem}",
                f"Hospital Dr. {self._person().surname}",
                f"Hospital {self._person().given} {self._person().surname}",
                f"Fundación {stem}",
                f"Fundación Jiménez {stem}",
                f"Residencia {stem}",
                f"Residencia de Mayores {stem}",
                f"Grupo Médico {stem}",
                f"Imagen {stem}",
                f"Diagnóstico {stem}",
                f"Quirón {stem}",
                f"Vithas {stem}",
                f"IMSS {stem}",
                f"ISSSTE {stem}",
                f"Hospital Militar {stem}",
                f"Maternidad {stem}",
                f"Geriátrico {stem}",
                f"Farmacia {stem}",
            ]
        elif self.language == "fr":
            forms = [
                f"CHU de {stem}",
                f"Hôpital {stem}",
                f"Centre hospitalier de {stem}",
                f"Clinique {stem}",
                f"Hôpital Saint-{self._person().given}",
                f"Clinique du {stem}",
                f"Cabinet de radiologie {stem}",
                f"Polyclinique {stem}",
                f"Hôpital de {stem}",
                f"Institut {stem}",
                f"CHR {stem}",
                f"Centre d'imagerie {stem}",
                f"CH {stem}",
                f"CHU {stem}",
                f"CHRU de {stem}",
                f"HIA {stem}",
                f"Hôpital {self._person().given} {self._person().surname}",
                f"Hôpital privé de {stem}",
                f"Hôpital Notre-Dame de {stem}",
                f"Hôtel-Dieu de {stem}",
                f"Clinique Saint-{self._person().given}",
                f"Clinique des {stem}",
                f"Clinique Sainte-{self._person().given}",
                f"Polyclinique de {stem}",
                f"EHPAD {stem}",
                f"EHPAD Les {stem}",
                f"Résidence {stem}",
                f"Maison de retraite {stem}",
                f"Centre de santé {stem}",
                f"Maison médicale de {stem}",
                f"Cabinet du Dr {self._person().surname}",
                f"Cabinet {self._person().surname}-{self._person().surname}",
                f"SELARL {stem}",
                f"Imagerie {stem}",
                f"IRM {stem}",
                f"Scanner {stem}",
                f"Centre anticancéreux {stem}",
                f"Institut {self._person().given}-{self._person().surname}",
                f"Pharmacie {stem}",
                f"CHUV {stem}",
                f"CLSC {stem}",
                f"Cité de la santé de {stem}",
                f"Groupe hospitalier {stem}",
            ]
        else:
            forms = [
                f"{stem} General Hospital",
                f"{stem} Hospital",
                f"{st} {saint} Hospital",
                f"{stem} Medical Center",
                f"{stem} Medical Centre",
                f"{stem} Clinic",
                f"University Hospital {stem}",
                f"{stem} University Hospital",
                f"{stem} Memorial Hospital",
                f"{stem} Regional Medical Center",
                f"{stem} Community Hospital",
                f"{stem} Children's Hospital",
                f"{st} {saint} Medical Center",
                f"{st} {saint}",
                f"{stem} Infirmary",
                f"Royal {stem} Infirmary",
                f"{stem} Imaging Center",
                f"{stem} Imaging",
                f"{stem} Radiology Associates",
                f"{stem} Radiology",
                f"Hospital of {stem}",
                f"{stem} Health",
                f"{stem} Healthcare",
                f"{stem} Surgery Center",
                f"{stem} Urgent Care",
                f"{stem} County Hospital",
                f"{stem} VA Medical Center",
                f"{stem} Cancer Institute",
                f"{stem} Orthopedics",
                f"{stem} Family Practice",
                f"{stem} Nursing Home",
                f"{stem} Rehabilitation Center",
                f"Queen {self._person().given} Hospital",
                f"{stem} District Hospital",
                f"{stem} NHS Trust",
                f"Clínica {stem}",
                f"Hospital {stem}",
                f"Klinikum {stem}",
                f"{stem} Health System",
                f"{stem} Diagnostic Imaging",
                f"Mount {stem} Hospital",
                f"Our Lady of {stem} Hospital",
                f"{stem} Heart Institute",
                f"{stem} Women's Hospital",
                f"{stem} Eye Clinic",
                f"{stem} Dental Group",
                f"{stem} Outpatient Center",
                f"{stem} House",
                f"{stem} Manor",
                f"{stem} Lodge",
                f"{stem} Court Care Home",
                f"The {stem} Centre",
                f"{stem} Trauma Unit",
                f"Sir {self._person().given} {self._person().surname} Hospital",
                f"{self._person().given} {self._person().surname} Hospital",
                f"Dr. {self._person().surname} Memorial",
                f"{self._person().given} {self._person().surname} Cancer Center",
                f"{stem} Veterans Affairs Hospital",
                f"{stem} Hospice",
                f"{stem} Assisted Living",
                f"{stem} Surgery",
                f"{stem} Sports Medicine",
                f"{stem} Eye and Ear",
                f"{stem} Endoscopy",
                f"{stem} MRI",
                f"{stem} Breast Care",
                f"{stem} Pain Clinic",
                f"{stem} Dialysis",
                f"{stem} Birth Center",
                f"{stem}-{self._person().surname} Institute",
                f"University Hospitals of {stem}",
                f"{stem} University Hospitals",
                f"Szpital {stem}",
                f"Ospedale {stem}",
                f"CHU {stem}",
            ]
        text = rng.choice(forms)
        if argument == "code":
            return [
                (
                    self._code(
                        rng.choice(["AAA", "AAAA", "AAMC", "AAH", "AAGH", "AMC", "AAUH", "AA#", "AARAD", "AAHOSP"])
                    ),
                    "INSTITUTION",
                )
            ]
        if argument == "short":
            return [(self._short_institution(text, stem), "INSTITUTION")]
        if rng.random() < 0.06 and self.language == "en":
            words = [w for w in text.replace(".", "").split() if w[0].isupper()]
            if len(words) > 2:
                text = "".join(w[0] for w in words)
        return [(text, "INSTITUTION")]

    def _short_institution(self, full: str, stem: str) -> str:
        """A hospital as colleagues call it: by its first word, its saint or its letters."""
        rng = self.rng
        letters = "".join(w[0] for w in full.replace(".", "").split() if w[0].isupper())
        saint = f"{rng.choice(['St.', 'St', 'Saint', 'Mt', 'Mount', 'Our Lady of'])} {self._person().given}"
        plain = stem.removesuffix(" Hospital")
        choices = [
            full,
            plain,
            plain,
            saint,
            saint + "'s",
            f"the {plain} clinic".removeprefix("the "),
            f"{plain} Med",
            f"{plain} Gen",
            f"{plain} ED",
            f"{plain} VA",
        ]
        if len(letters) > 2:
            choices += [letters, letters, letters[:4]]
        choices += [self._code(rng.choice(["AAA", "AAAA", "AAMC", "AAH", "AAGH", "AMC", "AAUH", "UAAMC"]))]
        return rng.choice(choices)

    def s_company(self, argument: str) -> Pieces:
        rng = self.rng
        if known := self._known("employer_known"):
            return known
        a, b = self._person().surname, self._person().surname
        if self.language != "en":
            town = self._town()
            forms = {
                "de": [
                    f"{a} GmbH",
                    f"{a} & {b} KG",
                    f"Stadtwerke {town}",
                    f"Sparkasse {town}",
                    f"Autohaus {a}",
                    f"Bäckerei {a}",
                    f"Universität {town}",
                    f"{a}-Gymnasium",
                    f"{a} AG",
                    f"Kanzlei {a}",
                    f"{a} KGaA",
                    f"{a}werke",
                    f"{a} Logistik",
                    f"Spedition {a}",
                    f"Tischlerei {a}",
                    f"Metzgerei {a}",
                    f"Gasthof {a}",
                    f"Hotel {a}",
                    f"Stadt {town}",
                    f"Gemeinde {town}",
                    f"Landratsamt {town}",
                    f"Polizei {town}",
                    f"Feuerwehr {town}",
                    f"Volksbank {town}",
                    f"Grundschule {town}",
                    f"{a}-Realschule",
                    f"Verkehrsbetriebe {town}",
                    f"{a} Versicherung",
                    f"Zeche {a}",
                    f"{a}",
                    f"{a} & Söhne",
                    f"TU {town}",
                    f"Deutsche {a}",
                    f"{a} Bau",
                    f"SV {town}",
                    f"JVA {town}",
                ],
                "es": [
                    f"{a} S.L.",
                    f"{a} y {b} S.A.",
                    f"Ayuntamiento de {town}",
                    f"Banco de {town}",
                    f"Talleres {a}",
                    f"Panadería {a}",
                    f"Universidad de {town}",
                    f"Colegio {a}",
                    f"Grupo {a}",
                    f"Transportes {a}",
                    f"{a} e Hijos",
                    f"Construcciones {a}",
                    f"Hotel {a}",
                    f"Bar {a}",
                    f"Restaurante {a}",
                    f"Supermercados {a}",
                    f"Policía Local de {town}",
                    f"Bomberos de {town}",
                    f"IES {a}",
                    f"CEIP {a}",
                    f"Instituto {town}",
                    f"Caja {town}",
                    f"Seguros {a}",
                    f"Bodegas {a}",
                    f"Minas de {town}",
                    f"Astilleros {town}",
                    f"Metro de {town}",
                    f"Renault {town}",
                    f"{a}",
                    f"{a} y Asociados",
                    f"Cooperativa {town}",
                    f"Gestoría {a}",
                    f"Clínica Dental {a}",
                    f"Diputación de {town}",
                    f"Correos {town}",
                    f"Farmacia {a}",
                    f"Librería {a}",
                ],
                "fr": [
                    f"{a} SARL",
                    f"{a} & Fils",
                    f"Mairie de {town}",
                    f"Crédit {a}",
                    f"Garage {a}",
                    f"Boulangerie {a}",
                    f"Université de {town}",
                    f"Lycée {a}",
                    f"Groupe {a}",
                    f"Cabinet {a}-{b}",
                    f"Hôtel {a}",
                    f"Restaurant Chez {a}",
                    f"Transports {a}",
                    f"Maçonnerie {a}",
                    f"Ets {a}",
                    f"Établissements {a}",
                    f"Mairie du {town}",
                    f"Police de {town}",
                    f"Gendarmerie de {town}",
                    f"Sapeurs-pompiers de {town}",
                    f"Collège {a}",
                    f"École {a}",
                    f"Banque de {town}",
                    f"Assurances {a}",
                    f"Domaine {a}",
                    f"Mines de {town}",
                    f"Chantiers {town}",
                    f"Métro de {town}",
                    f"Usine {a}",
                    f"{a}",
                    f"{a} et Associés",
                    f"Coopérative de {town}",
                    f"Étude {a}",
                    f"Conseil départemental de {town}",
                    f"La Poste {town}",
                    f"Pharmacie {a}",
                    f"Librairie {a}",
                    f"SNCF {town}",
                    f"Brasserie {a}",
                ],
            }[self.language]
            return [(rng.choice(forms), "INSTITUTION")]
        word = rng.choice(self.names.words)
        syn = self.names.synthetic(rng.choice(["english", "italian", "greek", "african"])).split()[-1]
        return [
            (
                rng.choice(
                    [
                        f"{a} & {b} LLP",
                        f"{a} and Sons",
                        f"{syn} Inc.",
                        f"{syn} Ltd",
                        f"{word} {rng.choice(['Bank', 'Insurance', 'Logistics', 'Airlines', 'Foods', 'Energy', 'Systems', 'Media', 'Motors', 'Capital', 'Telecom'])}",
                        f"{syn} Technologies",
                        f"{self._town()} Police Department",
                        f"{a} Elementary School",
                        f"{self._town()} High School",
                        f"University of {self._town()}",
                        f"{a} College",
                        f"Bank of {self._town()}",
                        f"{syn} GmbH",
                        f"{syn} Corp",
                        f"{self._town()} Public Schools",
                        f"{self._town()} Fire Department",
                        f"{syn} Solutions",
                        f"{word} & {a}",
                        f"{self._town()} University",
                        f"{syn}Tech",
                        f"First {word} Credit Union",
                        f"{a} Construction",
                        f"{a} Pharmacy",
                        f"{syn} S.A.",
                        f"{word} Air Lines",
                        f"{rng.choice(['Blue', 'Red', 'Golden', 'Silver', 'Green', 'White', 'Black', 'Grand', 'Royal', 'Northern', 'Evergreen', 'Pacific', 'Atlantic', 'Summit', 'Twin'])} {rng.choice(['Heron', 'Meridian', 'Oak', 'Harbor', 'River', 'Eagle', 'Star', 'Peak', 'Lantern', 'Anchor', 'Bear', 'Ridge', 'Wave', 'Crown', word])}{rng.choice(['', ' Logistics', ' Foods', ' Hotel', ' Bank', ' Partners', ' Systems', ' Group', ' Studios', ' Cafe', ' Inn'])}",
                        f"{self._town()} State Extension",
                        f"{rng.choice(['Tri', 'Mid', 'North', 'South', 'East', 'West', 'Twin', 'Bay'])}-County School District",
                        f"{self._town()} School District",
                        f"{self._town()} Transit Authority",
                        f"{self._town()} Water Works",
                        f"{word} Steel",
                        f"{syn} Mills",
                        f"{a} Brothers Quarry",
                        f"{a}'s Diner",
                        f"{self._person().given}'s Bakery",
                        f"{a} Farms",
                        f"{word} & {word} Shipyard",
                        f"Port of {self._town()}",
                        f"City of {self._town()}",
                        f"{self._town()} Post Office",
                        f"{syn}",
                        f"{syn} {rng.choice(['Freight', 'Mining', 'Paper', 'Textiles', 'Railroad', 'Press', 'Hotel', 'Casino', 'Dairy', 'Plumbing', 'Roofing', 'Electric'])}",
                        f"{a} Middle School",
                        f"St. {self._person().given}'s Church",
                        f"{self._town()} Fire Station {rng.randint(1, 40)}",
                        f"{self._town()} Correctional Facility",
                        f"{self._town()} Library",
                        f"Fort {a}",
                        f"{word} Records",
                        f"{a} Auto Body",
                    ]
                ),
                "INSTITUTION",
            )
        ]

    def s_ward(self, argument: str) -> Pieces:
        rng = self.rng
        n, l = rng.randint(1, 12), rng.choice("ABCDEFGNSW")
        nn = f"{rng.randint(1, 40):02d}"
        if self.language == "de":
            return [
                (
                    rng.choice(
                        [
                            f"Station {n}{l}",
                            f"Station {n}",
                            f"Stat. {n}{l}",
                            f"ITS {n}",
                            f"Zimmer {rng.randint(100, 499)}",
                            f"Station {l}{n}",
                            f"Intensivstation {n}",
                            f"{l}{n}",
                            f"{n}{l}-{nn}",
                            f"{rng.choice(['ITS', 'IMC', 'ZNA', 'NA', 'OP', 'Saal', 'Box', 'Bett', 'Zi.', 'Zimmer', 'Haus', 'Ebene', 'Platz', 'Kabine', 'Aufwachraum', 'Schockraum'])} {rng.choice([str(rng.randint(1, 40)), f'{n}{l}', f'{l}{n}'])}",
                            f"Station {rng.choice(['Rosengarten', 'Sonnenschein', 'Virchow', 'Sauerbruch', 'Nord', 'Süd', 'Innere', 'Chirurgie', self._person().surname])}",
                            f"Station {self._person().surname} {n}",
                            f"{rng.choice(['Nord', 'Süd', 'Ost', 'West'])} {n}",
                            f"Zi. {rng.randint(1, 499)}, Bett {rng.randint(1, 4)}",
                            f"{rng.choice(['chir.', 'med.', 'gyn.', 'neuro.'])} Station {n}",
                            f"Stat. {rng.choice(['Innere', 'Uro', 'Neuro', 'Gyn', 'HNO'])} {n}",
                            f"{rng.choice('ABCDEFG')}{rng.randint(1, 9)}.{rng.randint(1, 40)}",
                            f"Intensiv {n}{l}",
                        ]
                    ),
                    "WARD",
                )
            ]
        if self.language == "es":
            return [
                (
                    rng.choice(
                        [
                            f"Planta {n}",
                            f"Planta {n}ª",
                            f"habitación {rng.randint(100, 899)}",
                            f"cama {rng.randint(1, 60)}",
                            f"Sala {n}{l}",
                            f"UCI cama {n}",
                            f"Hab. {rng.randint(100, 899)}-{rng.randint(1, 2)}",
                            f"{rng.choice(['box', 'Box', 'cama', 'puesto', 'sala', 'Sala', 'quirófano', 'control', 'pasillo', 'ala', 'módulo', 'consulta', 'gabinete', 'boxes'])} {rng.choice([str(rng.randint(1, 40)), f'{n}{l}', f'{l}{n}'])}",
                            f"{n}ª {rng.choice(['planta', 'norte', 'sur', 'izquierda', 'derecha'])}",
                            f"UCI {n}",
                            f"{rng.choice(['UCI', 'URPA', 'REA', 'UVI', 'UCIN', 'Urgencias', 'Observación', 'Hospitalización'])} {rng.choice([str(n), f'{n}{l}', f'cama {n}'])}",
                            f"{l}{n}-{nn}",
                            f"{rng.randint(100, 899)}{rng.choice('ABPV')}",
                            f"planta {n} cama {rng.randint(1, 40)}",
                            f"hab {rng.randint(100, 899)}",
                            f"Pabellón {self._person().surname}",
                            f"torre {l}",
                            f"Sala San {self._person().given}",
                            f"unidad {n}{l}",
                        ]
                    ),
                    "WARD",
                )
            ]
        if self.language == "fr":
            return [
                (
                    rng.choice(
                        [
                            f"chambre {rng.randint(100, 899)}",
                            f"lit {rng.randint(1, 60)}",
                            f"Unité {n}{l}",
                            f"Service {n}{l}",
                            f"salle {n}",
                            f"Secteur {l}{n}",
                            f"{rng.choice(['box', 'Box', 'lit', 'Lit', 'ch.', 'Ch.', 'chambre', 'poste', 'salle', 'bloc', 'étage', 'couloir', 'aile', 'bâtiment', 'Bât.', 'porte', 'pavillon', 'secteur', 'UHCD', 'SSPI', 'réa', 'USC', 'USIC'])} {rng.choice([str(rng.randint(1, 499)), f'{n}{l}', f'{l}{n}'])}",
                            f"{n}e {rng.choice(['étage', 'nord', 'sud', 'est', 'ouest'])}",
                            f"Pavillon {self._person().surname}",
                            f"Unité {self._person().surname}",
                            f"{l}{n}{nn}",
                            f"Réanimation lit {n}",
                            f"chambre {rng.randint(100, 899)} lit {rng.randint(1, 2)}",
                            f"{rng.choice(['Médecine', 'Chirurgie', 'Cardio', 'Neuro', 'Pneumo', 'Gériatrie'])} {rng.choice([str(n), l, f'{n}{l}'])}",
                            f"{rng.randint(100, 899)}{rng.choice(['P', 'F', 'A', 'B'])}",
                            f"bât. {l} {n}e",
                        ]
                    ),
                    "WARD",
                )
            ]
        return [
            (
                rng.choice(
                    [
                        f"Ward {n}{l}",
                        f"Ward {n}",
                        f"ward {n}{l}",
                        f"{n}{l}-{nn}",
                        f"{n} {rng.choice(['North', 'South', 'East', 'West', 'Tower'])}",
                        f"Room {rng.randint(100, 999)}",
                        f"Rm {rng.randint(100, 999)}",
                        f"room {rng.randint(100, 999)}{rng.choice(['', l])}",
                        f"Bed {rng.randint(1, 40)}",
                        f"bed {n}",
                        f"ICU bed {n}",
                        f"Ward {n}{l} bed {rng.randint(1, 30)}",
                        f"{n}{l}",
                        f"Unit {n}{l}",
                        f"{rng.choice(['MICU', 'SICU', 'CCU', 'NICU', 'ICU', 'PACU', 'HDU', 'PICU'])}-{nn}",
                        f"{rng.choice(['MICU', 'SICU', 'CCU', 'NICU'])} {n}",
                        f"ED bay {n}",
                        f"Bay {n}",
                        f"Bay {l}",
                        f"{l}{n}-{nn}",
                        f"{n}W-{rng.randint(10, 40)}",
                        f"Floor {n}",
                        f"Pod {l}",
                        f"{rng.choice(self.names.words)} Ward",
                        f"{self._person().surname} Ward",
                        f"{rng.choice(self.names.words)} Pavilion",
                        f"{self._person().surname} Wing",
                        f"Theatre {n}",
                        f"Station {n}{l}",
                        f"{l}{rng.randint(100, 799)}",
                        f"{n}{l}{nn}",
                        f"{l}{n}-{nn}",
                        f"{n}{l}-{rng.randint(1, 9)}",
                        f"{rng.randint(1, 9)}{rng.choice('ABCDEFGHJKLMNPRSTUVW')}{rng.randint(10, 99)}",
                        f"{rng.choice('ABCDEFGHJKLMNPRSTUVW')}{rng.randint(0, 9)}-{rng.randint(10, 99)}",
                        f"{l}{n} {rng.choice(['North', 'South', 'East', 'West'])}",
                        f"{rng.choice(['OBS', 'ER', 'ED', 'OR', 'PACU', 'L&D', 'HDU', 'AMU', 'MAU', 'SAU', 'CDU', 'EAU', 'Resus', 'Triage', 'Holding', 'Bay', 'Pod', 'Cubicle', 'Chair', 'Slot', 'Hall'])} {rng.randint(1, 99)}",
                        f"{rng.choice(['Oak', 'Maple', 'Elm', 'Rose', 'Cedar', 'Willow', 'Kestrel', 'Nightingale', 'Lister', 'Osler', 'Victoria', 'Jubilee', 'Lavender', 'Dolphin', 'Sunflower', 'Rainbow', self._person().surname, self._person().surname])} {rng.choice(['Ward', 'Unit', 'ward', 'unit', 'Suite', 'Wing', 'Bay', 'Pavilion'])}",
                        f"Room {rng.randint(1, 9)}-{rng.randint(100, 399)}{rng.choice(['', l])}",
                        f"rm {rng.randint(100, 999)}-{rng.randint(1, 2)}",
                        f"{rng.choice(['Tower', 'Bldg', 'Building', 'Block', 'Level', 'Floor'])} {rng.choice([l, str(n)])}",
                        f"{rng.randint(2, 9)}{rng.choice(['th', 'nd', 'rd'])} floor",
                        f"{rng.choice([self._person().surname, rng.choice(self.names.words), rng.choice(self.names.words)])} {n}",
                        f"{rng.choice(['Red', 'Blue', 'Yellow', 'Green', 'Orange', 'Purple', 'Fast Track', 'Majors', 'Minors', 'Trauma', 'Obs', 'Peds ED', 'Womens', 'Stroke', 'Renal', 'Burns'])} {n}{rng.choice(['', '', l])}",
                        f"{rng.choice(['St', 'St.', 'Saint'])} {self._person().given}'s{rng.choice(['', f' {n}', ' ward'])}",
                        f"{rng.choice(['Linac', 'Angio', 'US', 'MR', 'OT', 'OR', 'Cath Lab', 'Fluoro', 'Gamma', 'Stress', 'Scan Room', 'Theatre'])}{rng.choice(['', ' ', '-', ' '])}{rng.choice([str(n), l])}",
                        f"{rng.choice(['side room', 'Side Room', 'trolley', 'Trolley', 'Cot', 'Chair', 'Clinic', 'Lodge', 'Wd', 'wd', 'Cubicle', 'consult room', 'Office', 'Suite', 'conf room'])} {rng.choice([str(n), l, f'{n}{l}', str(rng.randint(100, 499))])}",
                        f"{n} {rng.choice(['West', 'East', 'North', 'South', 'Tower', 'Stepdown', 'Main'])} {rng.randint(1, 40)}",
                        f"{rng.choice(['TICU', 'CVICU', 'NSICU', 'STICU', 'BICU', 'NICU-HD', 'HASU', 'HDU', 'CTICU', 'RICU'])}{rng.choice([' ', '-', ''])}{rng.choice([str(n), f'{n}{l}', str(rng.randint(100, 999))])}",
                        f"{rng.randint(1000, 9999)}-{l}",
                        f"{n}W-{rng.randint(100, 499)}-{l}",
                    ]
                ),
                "WARD",
            )
        ]

    def s_job(self, argument: str) -> Pieces:
        composed = not self.names.evaluation and "jobs" in self.grammar.rules
        return [("".join(t for t, _ in self.grammar.expand("jobs" if composed else "job")), "PROFESSION")]

    # ------------------------------------------------------------------ negatives that look like identifiers

    def s_time(self, argument: str) -> Pieces:
        rng = self.rng
        h, m = rng.randrange(24), rng.randrange(60)
        return [
            (
                rng.choice(
                    [
                        f"{h:02d}:{m:02d}",
                        f"{h % 12 or 12}:{m:02d} {rng.choice(['AM', 'PM', 'am', 'pm', 'a.m.', 'p.m.'])}",
                        f"{h:02d}{m:02d} hours",
                        f"{h:02d}:{m:02d}:{rng.randrange(60):02d}",
                        f"{h:02d}{m:02d}h",
                        f"{h % 12 or 12} {rng.choice(['am', 'pm'])}",
                        f"{h:02d}{m:02d}",
                    ]
                ),
                "",
            )
        ]

    def s_drug(self, argument: str) -> Pieces:
        """A real drug from the list, or a made-up brand."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.5:
            return [("".join(t for t, _ in self.grammar.expand("drug")), "")]
        if roll < 0.75:
            return [(self._listed("drugs"), "")]
        stem = "".join(
            rng.choice(
                [
                    "ba",
                    "ce",
                    "di",
                    "flo",
                    "ga",
                    "hy",
                    "ix",
                    "ka",
                    "lo",
                    "me",
                    "no",
                    "ox",
                    "pra",
                    "que",
                    "ri",
                    "sta",
                    "tri",
                    "ur",
                    "va",
                    "xe",
                    "zo",
                    "ly",
                    "tu",
                    "el",
                    "am",
                    "cli",
                    "dro",
                    "ne",
                ]
            )
            for _ in range(rng.randint(1, 3))
        )
        tail = rng.choice(
            [
                "mab",
                "nib",
                "pril",
                "sartan",
                "statin",
                "olol",
                "azole",
                "mycin",
                "cillin",
                "floxacin",
                "zepam",
                "prazole",
                "tidine",
                "parin",
                "xaban",
                "gliptin",
                "gliflozin",
                "vir",
                "oxetine",
                "triptan",
                "semide",
                "thiazide",
                "limus",
                "taxel",
                "platin",
                "rubicin",
                "dronate",
                "setron",
                "ix",
                "ra",
                "zol",
                "ex",
                "va",
                "tide",
                "caine",
                "profen",
                "codone",
            ]
        )
        text = stem + tail
        return [(text.capitalize() if rng.random() < 0.5 else text, "")]

    def _listed(self, name: str) -> str:
        """A word of the shipped lexicon."""
        word = self.rng.choice(listed(name, self.language))
        return word.capitalize() if self.rng.random() < 0.6 else word

    def s_ep(self, argument: str) -> Pieces:
        """A name that is a word of medicine, alone."""
        if self.language == "en" and self.rng.random() < 0.4:
            return self.grammar.expand("eponym_bare")
        return [(self._listed("eponyms").capitalize(), "")]

    def s_wordy(self, argument: str) -> Pieces:
        """A word that could be a name and is none here."""
        word = self.rng.choice(self.names.words)
        return [(word if argument == "cap" else word.lower(), "")]

    def s_abbr(self, argument: str) -> Pieces:
        """Letters that stand for something clinical: listed ones, or none that anybody knows."""
        rng = self.rng
        if rng.random() < 0.4:
            return self.grammar.expand("acronym" if self.language == "en" else "kuerzel")
        text = "".join(rng.choice(string.ascii_uppercase) for _ in range(rng.choice([2, 3, 3, 3, 4, 4, 5])))
        if rng.random() < 0.12:
            text = text[:-1] + text[-1].lower()
        return [(text, "")]

    def s_code(self, argument: str) -> Pieces:
        """Codes that identify no person: procedure codes, software versions, article numbers, sizes."""
        return [
            (
                self._stray_a(
                    [
                        "CPT #####",
                        "ICD-10 A##.#",
                        "A##.##",
                        "C##.#",
                        "G#",
                        "T#N#M#",
                        "T#a N#",
                        "v#.#.#",
                        "LOINC #####-#",
                        "SNOMED ########",
                        "ISO #####",
                        "A##",
                        "FDG-##",
                        "B##f",
                        "Br##",
                        "#F",
                        "##G",
                        "##Fr",
                        "H##s",
                        "##-gauge",
                        "rs######",
                        "CD##",
                        "Ki-##",
                        "p##",
                        "IL-#",
                        "S#",
                        "Type #",
                        "Grade #A",
                        "Q#",
                        "#T",
                        "No. #",
                    ]
                ),
                "",
            )
        ]

    def s_coord(self, argument: str) -> Pieces:
        """Coordinates of a place."""
        r = self.rng.uniform
        return [
            (
                self.rng.choice([f"{r(-90, 90):.4f}, {r(-180, 180):.4f}", f"[{r(-90, 90):.4f},{r(-180, 180):.4f}]"]),
                "OTHER",
            )
        ]

    def s_keep(self, argument: str) -> Pieces:
        """A term that must survive (held-out sets measure damage to it)."""
        return [("".join(t for t, _ in self.grammar.expand(argument)), "KEEP")]

    def slots(self) -> dict[str, Callable[[str], Pieces]]:
        return self.grammar.slots
