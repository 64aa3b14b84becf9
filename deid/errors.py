"""What can go wrong, as a small tree.

::

    DeidError
    ├── InputError        one unit cannot be read or trusted: it is quarantined, the batch goes on
    ├── Refusal           the recipe says no to one unit
    ├── ResidueError      the second look found something: nothing is published
    ├── EngineError       an engine, a model or a codec is missing or broken
    ├── RecipeError       the recipe is wrong: nothing starts
    ├── VaultError        store, key or grant
    └── GateError         this may not be sent to a model

Every error has a stable ``code`` for machines and a sentence for people. Neither ever holds an
original value or the path of an input: a tag, a keyword, a count or a unit number must do.
"""

__all__ = [
    "DeidError",
    "EngineError",
    "GateError",
    "InputError",
    "RecipeError",
    "Refusal",
    "ResidueError",
    "VaultError",
]


class DeidError(Exception):
    """Anything that this package raises on purpose.

    Parameters
    ----------
    code
        Stable, lower case with dashes: ``input-truncated``.
    message
        One sentence without an original value or an input path.
    hint
        What the reader can do about it.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class InputError(DeidError):
    """One unit cannot be read or trusted."""


class Refusal(DeidError):  # noqa: N818  # the recipe working as meant is no error
    """The recipe does not let this unit pass."""


class ResidueError(DeidError):
    """The second look at a written result found something.

    ``material`` is what a reviewer needs; it may hold text of the patient's and goes into the restricted
    area only.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", material: object = None) -> None:
        super().__init__(code, message, hint=hint)
        self.material = material


class EngineError(DeidError):
    """An engine, a model or a codec is missing or does not answer."""

    exit_code = 2


class RecipeError(DeidError):
    """The recipe cannot be used."""

    exit_code = 2


class VaultError(DeidError):
    """The store, its key or a grant."""

    exit_code = 3


class GateError(DeidError):
    """Something that may not be sent to a model."""

    exit_code = 3
