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
from deid.recipe.faults import faults
from deid.recipe.filters import opt_outs
from deid.recipe.model import AssignSettings, RecipeModel, TagRule, sop_class_uid_of
from deid.settings import StoreSettings
from deid.standard import EDITION, EXTRA_KEYWORDS, tag_of

if TYPE_CHECKING:
    from ruamel.yaml import YAML

    from deid.recipe.policy import Policy

__all__ = ["Layer", "Recipe", "layers_of", "place", "shipped_recipes"]

# Lists that are united along ``extends``; every other list of the extending recipe replaces.
UNITED = ("options", "excludes", "not_covered", "text.never", "filters.not_modalities", "filters.not_sop_classes")
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
        layers = layers_of(name_or_path)
        if overrides:
            layers.insert(0, Layer("overrides", _plain(overrides, "overrides"), {}, None))
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
        for fault in faults(model):
            where = fault.where if isinstance(fault.where, str) else place(layers, fault.where)
            where = where or layers[0].name  # a rule of the overrides stands in no file
            raise RecipeError("recipe-invalid", f"{where}: {fault.message}", hint=fault.hint)
        base = next((layer for layer in layers if layer.folder is not None), layers[0])
        return cls._complete(model, layers, base)

    @classmethod
    def _complete(cls, model: RecipeModel, layers: list[Layer], base: Layer) -> Recipe:
        content = model.model_dump(mode="json", exclude={"tags", "excludes"})
        content["store"]["seal_for"] = []  # the certificates count, not where they lie
        # Where a rule stands does not change what it does.
        content["tags"] = [rule.model_dump(mode="json", exclude={"source"}) for rule in model.tags]
        content["edition"] = EDITION
        assigned, opted_out, files = {}, frozenset[str](), []
        if model.assign is not None:
            text = _beside(base, layers, model.assign.csv, ("assign", "csv"))
            files.append(text)
            assigned = _assignments(model.assign, text, place(layers, ("assign", "csv")))
        if model.filters.opt_out:
            text = _beside(base, layers, model.filters.opt_out, ("filters", "opt_out"))
            files.append(text)
            opted_out = frozenset(opt_outs(text))
        store = _sealing(base, layers, model.store, files)
        content["files"] = [hashlib.sha256(text.encode()).hexdigest() for text in files]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        fields = {name: getattr(model, name) for name in RecipeModel.model_fields} | {"store": store}
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


class Layer:
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


def layers_of(name_or_path: str | Path) -> list[Layer]:
    """The file and all that it extends, the extending one first."""
    layers: list[Layer] = []
    path = _find(name_or_path, None)
    seen: set[Path] = set()
    said = path.name
    while True:
        if path in seen or len(layers) >= DEPTH_LIMIT:
            raise RecipeError("recipe-invalid", f"{said}: 'extends' goes in a circle or too deep")
        seen.add(path)
        layer = _read(path)
        layers.append(layer)
        _check_layer(layer)
        parent = layer.content.get("extends")
        if not parent:
            return layers
        said = layer.where(("extends",))
        path = _find(parent, path.parent, said=said)


def place(layers: Sequence[Layer], loc: tuple[Any, ...]) -> str:
    """``file:line`` of a key, in the layer that has it and counts."""
    for size in range(len(loc), 0, -1):
        for layer in layers:
            if loc[:size] in layer.lines:
                return layer.where(loc[:size])
    return layers[0].name


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


def _read(path: Path) -> Layer:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # keeps `import deid` light

    try:
        raw = _yaml().load(path.read_text("utf-8"))
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise RecipeError("recipe-syntax", f"{path.name}:{line}: {problem.problem}") from None
    except (YAMLError, ValueError):
        raise RecipeError("recipe-syntax", f"{path.name}: not readable as YAML in UTF-8") from None
    except RecursionError:
        raise RecipeError("recipe-syntax", f"{path.name}: too large or nested too deep for a recipe") from None
    except OSError:
        raise RecipeError("recipe-not-found", f"{path.name}: the file cannot be read") from None
    if not isinstance(raw, Mapping):
        text = f"{path.name}: a recipe is a mapping of keys to values"
        raise RecipeError("recipe-syntax", text, hint="it begins with a line such as 'recipe: our-study'")
    _check_size(raw, path.name)
    lines: dict[tuple[Any, ...], int] = {}
    _collect_lines(raw, (), lines)
    content = _plain(raw, path.name)
    _mark_sources(content, path.name, lines)
    return Layer(path.name, content, lines, path.parent)


def _yaml() -> YAML:
    """A reader of plain YAML: days stay as they are written, and a tag that asks for anything else is refused."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor

    class Plain(RoundTripConstructor):
        pass

    def refused(_: Plain, node: Any) -> None:
        raise ConstructorError(None, None, f"a recipe has no place for the YAML tag '{node.tag}'", node.start_mark)

    prefix = "tag:yaml.org,2002:"
    for kind in (None, f"{prefix}binary", f"{prefix}set", f"{prefix}omap", f"{prefix}pairs"):
        Plain.add_constructor(kind, refused)
    Plain.add_constructor(f"{prefix}timestamp", RoundTripConstructor.construct_yaml_str)
    yaml = YAML(typ="rt")
    yaml.Constructor = Plain
    return yaml


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
        own = node.lc.data or {}  # type: ignore[attr-defined]  # ruamel's CommentedMap
        for key, value in node.items():
            if key in own:  # not merged from another mapping
                lines[(*at, key)] = own[key][0] + 1
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


def _check_layer(layer: Layer) -> None:
    """One file on its own; options may contradict only after joining."""
    try:
        RecipeModel.model_validate(layer.content)
    except ValidationError as problem:
        raise _explain(problem, layer) from None


def _explain(problem: ValidationError, layer: Layer) -> RecipeError:
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
        return RecipeError("recipe-invalid", f"{where}: '{loc[-1]}' is missing", hint=_MISSING.get(str(loc[-1]), ""))
    return RecipeError("recipe-invalid", f"{where}: {_sentence(complaint)}", hint=_suggestion(complaint))


def _sentence(complaint: Any) -> str:
    key = ".".join(str(part) for part in complaint["loc"])
    text = str(complaint["msg"]).removeprefix("Value error, ")
    kind, given = complaint["type"], complaint["input"]
    if kind == "literal_error":
        return f"{key}: '{given}' is not one of {complaint['ctx']['expected']}"
    shape = "nothing" if given is None else next((word for type_, word in _SHAPES if isinstance(given, type_)), "text")
    for wanted, words in _WANTED.items():
        if kind.startswith(wanted):
            return f"{key}: {words} is wanted, and {shape} stands there"
    return f"{key}: {text}" if key else text


_WANTED = {
    "tuple_": "a list", "string_": "text", "int_": "a whole number", "bool_": "true or false", "dict_": "a mapping",
    "model_": "a mapping of keys to values",
}  # fmt: skip
_SHAPES = ((bool, "true or false"), ((int, float), "a number"), (list, "a list"), (dict, "a mapping"))
_MISSING = {
    "recipe": "give it a name: 'recipe: our-study'",
    "action": "{match: PatientComments, action: remove}",
    "match": "{match: PatientComments, action: remove}",
}


def _suggestion(complaint: Any) -> str:
    """The nearest allowed word or keyword of PS3.6."""
    word = str(complaint["input"])
    key, kind = str(complaint["loc"][-1]) if complaint["loc"] else "", complaint["type"]
    if kind == "string_type" and isinstance(complaint["input"], (int, float)):
        return _NUMBERS_WRITTEN.get(key, f'put it in quotes: "{word}"')
    if kind == "tuple_type":
        return (
            "tags: a line '- {match: ..., action: ...}' for each rule"
            if key == "tags"
            else f"{key}: [{word}]"
            if (isinstance(complaint["input"], str))
            else f"leave '{key}' out, or write []"
        )
    if complaint["type"] == "literal_error":
        allowed = [w.strip("' ") for w in str(complaint["ctx"]["expected"]).replace(" or ", ",").split(",")]
    elif "PS3.6" in str(complaint["msg"]):
        wrong = str(complaint["msg"]).split("'")[1] if "'" in str(complaint["msg"]) else word
        word, allowed = wrong, _all_keywords()
    else:
        return ""
    near = difflib.get_close_matches(word, allowed, n=1, cutoff=0.7)
    return f"did you mean '{near[0]}'?" if near else ""


_NUMBERS_WRITTEN = {
    "match": 'a tag is written in quotes: "(0010,0010)"',
    "above": "an age is written 089Y",
    "to": "an age is written 090Y",
}


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


def _beside(base: Layer, layers: Sequence[Layer], name: str, loc: tuple[Any, ...]) -> str:
    try:
        return _path(base, name).read_text("utf-8-sig")
    except (OSError, ValueError):
        raise _missing(layers, loc, "the file it names cannot be read as UTF-8 text", base) from None


def _path(base: Layer, name: str) -> Path:
    path = Path(name)
    return path if path.is_absolute() or base.folder is None else base.folder / path


def _missing(
    layers: Sequence[Layer], loc: tuple[Any, ...], what: str, base: Layer, *, code: str = "recipe-file-missing"
) -> RecipeError:
    key = ".".join(str(part) for part in loc if isinstance(part, str))
    beside = f"a relative path starts where {base.name} lies"
    return RecipeError(code, f"{place(layers, loc)}: {key}: {what}", hint=beside)


def _sealing(base: Layer, layers: Sequence[Layer], store: StoreSettings, files: list[str]) -> StoreSettings:
    """The certificates of those who may open sealed originals, where they lie; all of them can be sealed to."""
    if not store.seal_for:
        return store
    from cryptography.exceptions import UnsupportedAlgorithm  # an opt-in
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    paths = []
    for number, name in enumerate(store.seal_for):
        loc = ("store", "seal_for", number)
        try:
            content = _path(base, name).read_bytes()
            public = load_pem_x509_certificate(content).public_key()
        except (OSError, ValueError, UnsupportedAlgorithm):
            what = "the file it names is no X.509 certificate in PEM"
            raise _missing(layers, loc, what, base, code="seal-certificate") from None
        if not isinstance(public, RSAPublicKey):
            text = f"{place(layers, loc)}: store.seal_for: the key of this certificate is not RSA"
            raise RecipeError("seal-certificate", text, hint="originals are sealed by key transport (RFC 5652)")
        files.append(content.decode("latin-1"))
        paths.append(str(_path(base, name).resolve()))
    return store.model_copy(update={"seal_for": tuple(paths)})


def _assignments(settings: AssignSettings, text: str, where: str) -> dict[str, tuple[tuple[int, str], ...]]:
    reader = csv.DictReader(io.StringIO(text))
    columns = reader.fieldnames or []
    for wanted in (settings.key, *settings.columns.values()):
        if wanted not in columns:
            near = difflib.get_close_matches(wanted, columns, n=1)
            hint = f"did you mean '{near[0]}'?" if near else ""
            raise RecipeError("recipe-invalid", f"{where}: assign: the table has no column '{wanted}'", hint=hint)
    table: dict[str, tuple[tuple[int, str], ...]] = {}
    for number, row in enumerate(reader, start=2):
        patient = (row[settings.key] or "").strip()
        if not patient or patient in table:
            raise RecipeError(
                "recipe-invalid",
                f"{where}: assign: line {number} of the table: Patient ID is empty or stands there twice",
            )
        pairs = ((tag_of(keyword), (row[column] or "").strip()) for keyword, column in settings.columns.items())
        table[patient] = tuple((tag, value) for tag, value in pairs if tag is not None)
    return table
