"""YAML to a validated :class:`Recipe`, with file and line in every complaint.

Each file of an ``extends`` chain is checked on its own, so that a mistake is reported where it stands; then
the layers are joined and the whole is checked once more. Joining never loses a rule: rules of the extending
recipe come before those of the extended one, options and word lists are united, and an option goes only
when ``without`` names it.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import textwrap
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydicom._dicom_dict import DicomDictionary

from deid.errors import RecipeError
from deid.recipe.model import AssignSettings, RecipeModel, TagRule, sop_class_uid_of
from deid.standard import EDITION, EXTRA_KEYWORDS, tag_of

if TYPE_CHECKING:
    from deid.recipe.policy import Policy

__all__ = ["Recipe", "shipped_recipes"]

# Lists that are united along ``extends``; every other list of the extending recipe replaces.
UNITED = ("options", "not_covered", "text.never", "filters.not_modalities", "filters.not_sop_classes")
DEPTH_LIMIT = 8
NESTING_LIMIT = 16
NODE_LIMIT = 200_000


class Recipe(RecipeModel):
    """A validated recipe.

    Attributes
    ----------
    digest
        SHA-256 over everything that changes output, the edition of the tables included.
    assigned
        Patient ID to (tag, value) pairs, from the table that ``assign`` names. Never shown or dumped.
    """

    digest: str = ""
    origin: tuple[str, ...] = ()
    assigned: Mapping[str, tuple[tuple[int, str], ...]] = {}
    opted_out: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Name as written under ``recipe``."""
        return self.recipe

    def __repr__(self) -> str:
        return f"Recipe({self.recipe} v{self.version}, {self.digest[:12]})"

    __str__ = __repr__

    @classmethod
    def load(cls, name_or_path: str | Path, *, overrides: Mapping[str, Any] | None = None) -> Recipe:
        """Read, check and join a recipe and those it extends.

        Parameters
        ----------
        name_or_path
            Name of a shipped recipe (``research``) or path of a YAML file.
        overrides
            Sections and values that come last, as if a recipe with them extended this one.

        Raises
        ------
        RecipeError
            ``recipe-not-found``, ``recipe-syntax``, ``recipe-unknown-key`` or ``recipe-invalid``; the
            message names file and line.
        """
        layers = _layers(name_or_path)
        if overrides:
            layers.insert(0, _Layer("overrides", _plain(overrides, "overrides"), {}, None))
        merged: dict[str, Any] = {}
        for layer in reversed(layers):
            merged = _join(merged, layer.content, "")
        without = {name for layer in layers for name in layer.content.get("without", ())}
        merged["options"] = [o for o in merged.get("options", ()) if o not in without]
        merged.pop("without", None)
        merged.pop("extends", None)
        try:
            model = RecipeModel.model_validate(merged)
        except ValidationError as problem:
            raise _explain(problem, layers[0]) from None
        base = next((layer for layer in layers if layer.folder is not None), layers[0])
        return cls._complete(model, layers, base.folder)

    @classmethod
    def _complete(cls, model: RecipeModel, layers: list[_Layer], folder: Path | None) -> Recipe:
        content = model.model_dump(mode="json", exclude={"tags"})
        # Where a rule stands does not change what it does.
        content["tags"] = [rule.model_dump(mode="json", exclude={"source"}) for rule in model.tags]
        content["edition"] = EDITION
        assigned, opted_out, files = {}, frozenset[str](), []
        if model.assign is not None:
            text = _beside(folder, model.assign.csv, "assign.csv")
            files.append(text)
            assigned = _assignments(model.assign, text)
        if model.filters.opt_out:
            text = _beside(folder, model.filters.opt_out, "filters.opt_out")
            files.append(text)
            opted_out = frozenset(line.strip() for line in text.splitlines() if line.strip())
        content["files"] = [hashlib.sha256(text.encode()).hexdigest() for text in files]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        fields = {name: getattr(model, name) for name in RecipeModel.model_fields}
        origin = tuple(layer.name for layer in layers)
        return cls.model_construct(**fields, digest=digest, origin=origin, assigned=assigned, opted_out=opted_out)

    def compile(self) -> Policy:
        """Rules for every element."""
        from deid.recipe.policy import Policy  # policy needs the recipe's type

        return Policy(self)

    def summary(self) -> str:
        """What it is, its legal basis and what it does not cover, as text for people."""
        options = ", ".join(self.options) or "none"
        lines = [
            f"{self.recipe} (version {self.version}): {self.title or 'no title'}",
            f"PS3.15 {self.standard}, profile {self.profile}, options: {options}",
            f"joined from: {', '.join(self.origin)}; digest {self.digest[:16]}",
            "",
            "Legal basis",
            *textwrap.wrap(
                self.legal_basis or "The recipe states none.", 100, initial_indent="  ", subsequent_indent="  "
            ),
            "",
            "Not covered",
        ]
        for point in self.not_covered or ("The recipe states nothing.",):
            lines += textwrap.wrap(point, 100, initial_indent="  - ", subsequent_indent="    ")
        return "\n".join(lines)

    @cached_property
    def filter_classes(self) -> frozenset[str]:
        """SOP Class UIDs that are let in; empty for all."""
        return frozenset(map(sop_class_uid_of, self.filters.sop_classes))

    @cached_property
    def filter_not_classes(self) -> frozenset[str]:
        """SOP Class UIDs that are left out."""
        return frozenset(map(sop_class_uid_of, self.filters.not_sop_classes))


def shipped_recipes() -> dict[str, Path]:
    """Names and paths of the recipes that come with the package."""
    found: dict[str, Path] = {}
    for folder in (Path(str(resources.files("deid"))) / "recipes", Path(__file__).resolve().parents[2] / "recipes"):
        for path in sorted(folder.glob("*.yaml")):
            if path.stem != "devices":
                found.setdefault(path.stem, path)
    return found


# -- reading -------------------------------------------------------------------------------------------


class _Layer:
    """One file: its plain content, and where each key stands."""

    def __init__(self, name: str, content: dict[str, Any], lines: Mapping[tuple[Any, ...], int], folder: Path | None):
        self.name = name
        self.content = content
        self.lines = lines
        self.folder = folder

    def where(self, loc: Sequence[Any]) -> str:
        """``research.yaml:31`` for the innermost key of a location that is known."""
        for size in range(len(loc), -1, -1):
            line = self.lines.get(tuple(loc[:size]))
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


def _layers(name_or_path: str | Path) -> list[_Layer]:
    """The file and all that it extends, the extending one first."""
    layers: list[_Layer] = []
    path = _find(name_or_path, None)
    seen: set[Path] = set()
    while True:
        if path in seen or len(layers) >= DEPTH_LIMIT:
            raise RecipeError("recipe-invalid", f"{path.name}: 'extends' goes in a circle or too deep")
        seen.add(path)
        layer = _read(path)
        layers.append(layer)
        _check_layer(layer)
        parent = layer.content.get("extends")
        if not parent:
            return layers
        path = _find(parent, path.parent, said=layer.where(("extends",)))


def _find(name: str | Path, folder: Path | None, *, said: str = "") -> Path:
    shipped = shipped_recipes()
    if str(name) in shipped:
        return shipped[str(name)]
    path = Path(name)
    candidates = [path] if folder is None or path.is_absolute() else [folder / path]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    near = difflib.get_close_matches(str(name), shipped, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"shipped recipes: {', '.join(sorted(shipped))}"
    prefix = f"{said}: " if said else ""
    raise RecipeError("recipe-not-found", f"{prefix}no recipe '{path.name}'", hint=hint)


def _read(path: Path) -> _Layer:
    from ruamel.yaml import YAML  # keeps `import deid` light
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        raw = YAML(typ="rt").load(path.read_text("utf-8"))
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise RecipeError("recipe-syntax", f"{path.name}:{line}: {problem.problem}") from None
    except (YAMLError, UnicodeDecodeError):
        raise RecipeError("recipe-syntax", f"{path.name}: not readable as YAML in UTF-8") from None
    if not isinstance(raw, Mapping):
        raise RecipeError("recipe-syntax", f"{path.name}: a recipe is a mapping of keys to values")
    _check_size(raw, path.name)
    lines: dict[tuple[Any, ...], int] = {}
    _collect_lines(raw, (), lines)
    content = _plain(raw, path.name)
    _mark_sources(content, path.name, lines)
    return _Layer(path.name, content, lines, path.parent)


def _check_size(node: Any, name: str) -> None:
    """Aliases may make a short file endless: count what it unfolds to, level by level."""
    level, seen = [node], 0
    for _ in range(NESTING_LIMIT):
        level = [
            v for n in level if isinstance(n, (Mapping, list)) for v in (n.values() if isinstance(n, Mapping) else n)
        ]
        seen += len(level)
        if not level:
            return
        if seen > NODE_LIMIT:
            break
    raise RecipeError("recipe-syntax", f"{name}: too large or nested too deep for a recipe")


def _collect_lines(node: Any, at: tuple[Any, ...], lines: dict[tuple[Any, ...], int]) -> None:
    if isinstance(node, Mapping):
        for key, value in node.items():
            lines[(*at, key)] = node.lc.key(key)[0] + 1  # type: ignore[attr-defined]  # ruamel's CommentedMap
            _collect_lines(value, (*at, key), lines)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            lines[(*at, number)] = node.lc.item(number)[0] + 1  # type: ignore[attr-defined]  # CommentedSeq
            _collect_lines(value, (*at, number), lines)


def _plain(node: Any, name: str) -> Any:
    """Plain dicts, lists, strings and numbers."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value, name) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_plain(value, name) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


def _mark_sources(content: dict[str, Any], name: str, lines: Mapping[tuple[Any, ...], int]) -> None:
    rules = content.get("tags")
    if isinstance(rules, list):
        for number, rule in enumerate(rules):
            if isinstance(rule, dict) and "<source>" not in rule:
                rule["<source>"] = f"{name}:{lines.get(('tags', number), '?')}"


# -- checking ------------------------------------------------------------------------------------------


def _check_layer(layer: _Layer) -> None:
    """One file on its own; options may contradict only after joining."""
    try:
        RecipeModel.model_validate(layer.content)
    except ValidationError as problem:
        raise _explain(problem, layer) from None


def _explain(problem: ValidationError, layer: _Layer) -> RecipeError:
    """The first complaint as a sentence with file, line and the nearest right word."""
    complaints = problem.errors(include_url=False, include_input=True)
    complaint = min(complaints, key=lambda c: (c["type"] != "extra_forbidden", layer.where(c["loc"])))
    loc = complaint["loc"]
    where = layer.where(loc)
    if complaint["type"] == "extra_forbidden":
        key = str(loc[-1])
        near = difflib.get_close_matches(key, _keys_at(loc[:-1]), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(_keys_at(loc[:-1]))}"
        return RecipeError("recipe-unknown-key", f"{where}: unknown key '{key}'", hint=hint)
    if complaint["type"] == "missing":
        return RecipeError("recipe-invalid", f"{where}: '{loc[-1]}' is missing")
    return RecipeError("recipe-invalid", f"{where}: {_sentence(complaint)}", hint=_suggestion(complaint))


def _sentence(complaint: Any) -> str:
    key = ".".join(str(part) for part in complaint["loc"])
    text = str(complaint["msg"]).removeprefix("Value error, ")
    if complaint["type"] == "literal_error":
        return f"{key}: '{complaint['input']}' is not one of {complaint['ctx']['expected']}"
    return f"{key}: {text}" if key else text


def _suggestion(complaint: Any) -> str:
    """The nearest allowed word or keyword of PS3.6."""
    word = str(complaint["input"])
    if complaint["type"] == "string_type" and isinstance(complaint["input"], (int, float)):
        return f'put it in quotes: "{word}"; a tag is written "(0010,0010)"'
    if complaint["type"] == "literal_error":
        allowed = [w.strip("' ") for w in str(complaint["ctx"]["expected"]).replace(" or ", ",").split(",")]
    elif "PS3.6" in str(complaint["msg"]):
        wrong = str(complaint["msg"]).split("'")[1] if "'" in str(complaint["msg"]) else word
        word, allowed = wrong, _all_keywords()
    else:
        return ""
    near = difflib.get_close_matches(word, allowed, n=1, cutoff=0.7)
    return f"did you mean '{near[0]}'?" if near else ""


def _all_keywords() -> list[str]:
    return [entry[4] for entry in DicomDictionary.values()] + list(EXTRA_KEYWORDS)


def _keys_at(loc: Sequence[Any]) -> list[str]:
    """Names that are allowed at a location of the recipe."""
    model: type[BaseModel] = RecipeModel
    for part in loc:
        if isinstance(part, int):
            continue
        special: dict[str, type[BaseModel]] = {"tags": TagRule, "assign": AssignSettings}
        field = model.model_fields.get(str(part))
        below: object = special.get(str(part)) or (field.annotation if field else None)
        if isinstance(below, type) and issubclass(below, BaseModel):
            model = below
    return [field.alias or name for name, field in model.model_fields.items() if field.alias != "<source>"]


# -- joining -------------------------------------------------------------------------------------------


def _join(under: Any, over: Any, at: str) -> Any:
    """``over`` laid upon ``under``; see the module for what is united."""
    if isinstance(under, dict) and isinstance(over, dict):
        joined = dict(under)
        for key, value in over.items():
            path = f"{at}.{key}" if at else key
            joined[key] = _join(under[key], value, path) if key in under else value
        return joined
    if at == "tags" and isinstance(under, list) and isinstance(over, list):
        return [*over, *under]
    if at in UNITED and isinstance(under, list) and isinstance(over, list):
        return list(dict.fromkeys([*under, *over]))
    return over


# -- files beside the recipe ---------------------------------------------------------------------------


def _beside(folder: Path | None, name: str, key: str) -> str:
    path = Path(name)
    if not path.is_absolute() and folder is not None:
        path = folder / path
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise RecipeError("recipe-file-missing", f"{key}: the file it names cannot be read as UTF-8 text") from None


def _assignments(settings: AssignSettings, text: str) -> dict[str, tuple[tuple[int, str], ...]]:
    reader = csv.DictReader(io.StringIO(text))
    columns = reader.fieldnames or []
    for wanted in (settings.key, *settings.columns.values()):
        if wanted not in columns:
            near = difflib.get_close_matches(wanted, columns, n=1)
            hint = f"did you mean '{near[0]}'?" if near else ""
            raise RecipeError("recipe-invalid", f"assign: the table has no column '{wanted}'", hint=hint)
    table: dict[str, tuple[tuple[int, str], ...]] = {}
    for number, row in enumerate(reader, start=2):
        patient = (row[settings.key] or "").strip()
        if not patient or patient in table:
            raise RecipeError("recipe-invalid", f"assign: line {number}: Patient ID is empty or stands there twice")
        pairs = ((tag_of(keyword), (row[column] or "").strip()) for keyword, column in settings.columns.items())
        table[patient] = tuple((tag, value) for tag, value in pairs if tag is not None)
    return table
