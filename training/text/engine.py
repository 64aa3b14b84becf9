"""A small grammar language for labelled text.

A grammar file holds nonterminals (``@finding``) and their alternatives, one per line::

    @finding
    3* There is {severity} {lesion} in the {anatomy}.
    Seen by {NAME} <today|on {DATE}>.

``{lower}`` expands another nonterminal, ``<a|b|>`` picks one alternative, ``{UPPER:argument}`` calls a slot
function that returns labelled text, ``{n:1-90}`` and ``{f:0.1-9.9}`` make numbers, ``\\n`` is a line break,
``\\p`` a vertical bar, ``\\l`` and ``\\g`` angle brackets, ``\\o`` and ``\\c`` braces. A leading ``3*`` is a
weight. A file loaded later *replaces* nonterminals of the same name (that is how held-out families work),
unless its header says ``@+name``, which adds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

__all__ = ["Grammar", "Pieces"]

#: What an expansion is made of: text and its label (empty for ordinary words).
Pieces = list[tuple[str, str]]
Slot = Callable[[str], Pieces]
Node = tuple[str, object]

_ESCAPES = {"n": "\n", "p": "|", "l": "<", "g": ">", "o": "{", "c": "}", "t": "\t", "r": "\r", "\\": "\\"}


def _parse(source: str, at: int, closers: str) -> tuple[list[Node], int]:  # noqa: C901
    """One sequence of nodes up to a closing character."""
    nodes: list[Node] = []
    text: list[str] = []

    def flush() -> None:
        if text:
            nodes.append(("text", "".join(text)))
            text.clear()

    while at < len(source):
        char = source[at]
        if char in closers:
            break
        if char == "\\" and at + 1 < len(source) and source[at + 1] in _ESCAPES:
            text.append(_ESCAPES[source[at + 1]])
            at += 2
        elif char == "{":
            end = source.index("}", at)
            name, _, argument = source[at + 1 : end].partition(":")
            flush()
            kind = "slot" if name.isupper() or name in ("n", "f") else "rule"
            nodes.append((kind, (name, argument)))
            at = end + 1
        elif char == "<":
            flush()
            choices = []
            at += 1
            while True:
                branch, at = _parse(source, at, "|>")
                choices.append(branch)
                if at >= len(source):
                    raise ValueError(f"unclosed choice in {source!r}")
                at += 1
                if source[at - 1] == ">":
                    break
            nodes.append(("choice", choices))
        else:
            text.append(char)
            at += 1
    flush()
    return nodes, at


class Grammar:
    """Nonterminals from several files, expanded by one seeded random source."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.rules: dict[str, tuple[list[list[Node]], list[float]]] = {}
        self.slots: dict[str, Slot] = {}

    def load(self, path: Path) -> None:
        """Read one file; its nonterminals replace those of the same name (``@+name`` adds)."""
        seen: set[str] = set()
        name = ""
        for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
            line = raw.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("@"):
                name = line[1:].strip()
                add = name.startswith("+")
                name = name.lstrip("+")
                if name not in seen and not (add and name in self.rules):
                    self.rules[name] = ([], [])
                seen.add(name)
                continue
            if line.startswith("%"):  # a word list: alternatives separated by semicolons
                for word in line[1:].split(";"):
                    if word.strip():
                        self._add(name, word.strip(), 1.0, path, number)
                continue
            weight = 1.0
            head, star, rest = line.partition("* ")
            if star and head.replace(".", "").isdigit():
                weight, line = float(head), rest
            self._add(name, line, weight, path, number)

    def _add(self, name: str, line: str, weight: float, path: Path, number: int) -> None:
        try:
            nodes, at = _parse(line, 0, "")
        except ValueError as error:
            raise ValueError(f"{path.name}:{number}: {error}") from error
        if at != len(line):
            raise ValueError(f"{path.name}:{number}: stray character at {at}")
        alternatives, weights = self.rules[name]
        alternatives.append(nodes)
        weights.append((weights[-1] if weights else 0.0) + weight)

    def check(self) -> list[str]:
        """Names that are used but defined nowhere."""
        missing: set[str] = set()

        def walk(nodes: list[Node]) -> None:
            for kind, value in nodes:
                if kind in ("rule", "slot"):
                    name = value[0]  # type: ignore[index]
                    known = self.rules if kind == "rule" else {**self.slots, "n": None, "f": None}
                    if name not in known:
                        missing.add(name)
                elif kind == "choice":
                    for branch in value:  # type: ignore[attr-defined]
                        walk(branch)

        for alternatives, _ in self.rules.values():
            for nodes in alternatives:
                walk(nodes)
        return sorted(missing)

    def expand(self, name: str) -> Pieces:
        """One random expansion of a nonterminal."""
        out: Pieces = []
        self._rule(name, out)
        return out

    def _rule(self, name: str, out: Pieces) -> None:
        alternatives, weights = self.rules[name]
        single = len(alternatives) == 1
        self._nodes(alternatives[0] if single else self.rng.choices(alternatives, cum_weights=weights)[0], out)

    def _nodes(self, nodes: list[Node], out: Pieces) -> None:  # noqa: C901
        rng = self.rng
        for kind, value in nodes:
            if kind == "text":
                out.append((value, ""))  # type: ignore[arg-type]
            elif kind == "rule":
                name, argument = value  # type: ignore[misc]
                if argument == "cap":  # first letter upper case
                    inner: Pieces = []
                    self._rule(name, inner)
                    if inner:
                        text, label = inner[0]
                        inner[0] = (text[:1].upper() + text[1:], label)
                    out.extend(inner)
                elif argument:  # repeat: {finding:2-5}
                    low, _, high = argument.partition("-")
                    for count in range(rng.randint(int(low), int(high or low))):
                        if count:
                            out.append((" ", ""))
                        self._rule(name, out)
                else:
                    self._rule(name, out)
            elif kind == "choice":
                self._nodes(rng.choice(value), out)  # type: ignore[arg-type]
            else:
                name, argument = value  # type: ignore[misc]
                if name == "n":
                    low, _, high = argument.partition("-")
                    out.append((str(rng.randint(int(low), int(high))), ""))
                elif name == "f":
                    low, _, high = argument.partition("-")
                    digits = len(low.partition(".")[2])
                    out.append((f"{rng.uniform(float(low), float(high)):.{digits}f}", ""))
                else:
                    out.extend(self.slots[name](argument))
