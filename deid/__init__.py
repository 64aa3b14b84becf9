"""From a PACS export to data that may safely meet a language model.

Only the names in ``__all__`` are promised to callers. They are loaded when they are first used, so that
``import deid`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deid.errors import (
        DeidError,
        EngineError,
        GateError,
        InputError,
        RecipeError,
        Refusal,
        ResidueError,
        VaultError,
    )
    from deid.llm import Gate
    from deid.model import CleanReport, Known, Outcome, Status
    from deid.pipeline import Deidentifier, Run
    from deid.recipe import Recipe
    from deid.vault import Key, Vault

__all__ = [
    "CleanReport",
    "DeidError",
    "Deidentifier",
    "EngineError",
    "Gate",
    "GateError",
    "InputError",
    "Key",
    "Known",
    "Outcome",
    "Recipe",
    "RecipeError",
    "Refusal",
    "ResidueError",
    "Run",
    "Status",
    "Vault",
    "VaultError",
]

_HOME = {
    "deid.errors": (
        "DeidError",
        "EngineError",
        "GateError",
        "InputError",
        "RecipeError",
        "Refusal",
        "ResidueError",
        "VaultError",
    ),
    "deid.llm": ("Gate",),
    "deid.model": ("CleanReport", "Known", "Outcome", "Status"),
    "deid.pipeline": ("Deidentifier", "Run"),
    "deid.recipe": ("Recipe",),
    "deid.vault": ("Key", "Vault"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'deid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
