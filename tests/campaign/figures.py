"""What a part of a campaign saw."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Figures"]


@dataclass
class Figures:
    """Numbers to print; ``wrong`` must stay empty."""

    name: str
    numbers: dict[str, int | float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = ", ".join(f"{value:,} {name}" for name, value in self.numbers.items())
        return f"{self.name}: {said}: {'WRONG: ' + '; '.join(self.wrong[:5]) if self.wrong else 'ok'}"
