"""What a recipe can say to each room: one small validated model per section.

:mod:`deid.recipe` reads YAML into these; each room takes only its own. Unknown keys are errors.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PixelSettings", "SourceSettings", "StoreSettings", "SurrogateSettings", "TextSettings"]


class Section(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SurrogateSettings(Section):
    """How surrogates look; codes and offsets are drawn by the vault, whose domain says in which range."""

    name_style: Literal["realistic", "code"] = "realistic"


class TextSettings(Section):
    """How text is searched and what replaces a finding.

    ``recognizers`` are YAML files in Presidio's format; ``plugins`` are further models: a spaCy package or folder, or
    ``transformer:FOLDER``. Neither is ever downloaded.
    """

    language: str = "en"
    model: str = "shipped"
    recognizers: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    replace: Literal["surrogate", "label", "blank"] = "surrogate"
    never: tuple[str, ...] = ()
    unlinked: Literal["own-subject", "refuse"] = "own-subject"


class PixelSettings(Section):
    """Whether pixels are read, by which engine, and what is filled."""

    catalog: str = "devices.yaml"
    engine: str | tuple[str, ...] = "ours"
    second_reader: str = "rapidocr"
    remove: Literal["all-text", "identifiers", "none"] = "all-text"
    keep: tuple[str, ...] = ("laterality", "technique")
    fill: Literal["black", "constant", "blur"] = "black"
    read: Literal["catalog", "all"] = "catalog"
    check: Literal["some", "none"] = "some"
    allow: tuple[str, ...] = ()
    easyocr_models: str = ""
    threads: int = Field(default=1, ge=1, le=64)
    evidence: bool = True


class StoreSettings(Section):
    """Where things go, below the output folder; the quarantine never lies inside it."""

    layout: str = "{subject}/{study}/{series}/{instance}.dcm"
    seal_for: tuple[str, ...] = ()  # X.509 certificates (PEM) whose owners may open the Encrypted Attributes Sequence


class SourceSettings(Section):
    """How reports are read.

    ``columns`` maps names of columns (CSV, Parquet) or keys (JSON Lines) to a DICOM keyword, ``report``,
    ``descriptor``, ``keep`` or ``remove``; it comes before the names that are understood by themselves.
    """

    columns: dict[str, str] = Field(default_factory=dict)
