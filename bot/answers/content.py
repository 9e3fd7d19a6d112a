"""Reading content files (YAML) that people write: whole and checked, or refused with every fault named by line and field.

Which fields there are is the business of the pydantic models that `bank` and `safety` bring.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import ContentError

Text = Annotated[str, StringConstraints(min_length=1)]
Place = tuple[str | int, ...]
"""Where in a file something stands: the keys and positions that lead to it."""

_PROBLEMS = {
    "string_type": "phải là chữ (nếu là số thì để trong dấu nháy)",
    "bool_type": "phải là true hoặc false",
    "int_type": "phải là số",
    "list_type": "phải là danh sách",
    "dict_type": "phải là nhóm các ô",
    "model_type": "phải là nhóm các ô",
    "string_too_short": "còn trống",
    "too_short": "còn trống",
    "string_too_long": "dài quá",
    "date_type": "phải là ngày, viết như 2026-07-01",
}


class Part(BaseModel):
    """What every model of a content file is: strict, unchangeable, and without room for a misspelt field."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


_Model = TypeVar("_Model", bound=Part)


@dataclass(frozen=True)
class Source:
    """A parsed YAML file that still knows on which line everything stands."""

    file: str
    root: yaml.Node
    data: object

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse the file; raises ContentError where it cannot be read as plain YAML."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as exc:
            raise ContentError([f"{path.name}: không đọc được tệp"]) from exc
        except UnicodeDecodeError as exc:
            raise ContentError([f"{path.name}: tệp không phải là chữ UTF-8"]) from exc
        return cls._parse(text, path.name)

    @classmethod
    def _parse(cls, text: str, file: str) -> Self:
        try:
            loader = yaml.SafeLoader(text)
            try:
                root = loader.get_single_node()
                if root is None:
                    raise ContentError([f"{file}: tệp trống"])
                faults = [f"{file}, dòng {line}: {problem}" for line, problem in _traps(root, seen=set())]
                if faults:
                    raise ContentError(faults)
                return cls(file, root, loader.construct_document(root))
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            where = f"{file}, dòng {mark.line + 1}" if mark else file
            raise ContentError([f"{where}: sai cách viết YAML (thụt dòng, dấu nháy, dấu hai chấm)"]) from exc
        except (yaml.YAMLError, ValueError, RecursionError) as exc:
            # ValueError: a date that is none, such as 2026-02-31. RecursionError: brackets without end.
            raise ContentError([f"{file}: tệp không đọc được như YAML"]) from exc

    def validate(self, model: type[_Model], *, items: str) -> _Model:
        """The data as the model; raises ContentError with all faults. `items` is the field whose parts have an id."""
        try:
            return model.model_validate(self.data)
        except ValidationError as exc:
            found = [(error["loc"], _problem(error)) for error in exc.errors(include_url=False)]
            raise ContentError([self.fault(place, problem, items=items) for place, problem in found]) from exc

    def fault(self, place: Place, problem: str, *, items: str) -> str:
        """One fault as a person reads it: file, line, the entry it is about (if any), problem."""
        entry = self._entry_at(place, items)
        return f"{self.file}, dòng {self._line(place)}{f', mục {entry}' if entry else ''}: {problem}"

    def _line(self, place: Place) -> int:
        """The line of the place, or of the nearest thing around it that exists."""
        node, line = self.root, self.root.start_mark.line
        for step in place:
            child: yaml.Node | None = None
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(step):
                        child, line = value, key.start_mark.line
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                child = node.value[step]
                line = node.value[step].start_mark.line
            if child is None:
                break
            node = child
        return line + 1

    def _entry_at(self, place: Place, items: str) -> str:
        if len(place) < 2 or place[0] != items:
            return ""
        if isinstance(place[1], str):
            return place[1]
        match self.data:
            case {**fields}:
                rows = fields.get(items)
                row = rows[place[1]] if isinstance(rows, list) else None
                if isinstance(row, dict) and isinstance(row.get("id"), str):
                    return str(row["id"])
        return f"thứ {place[1] + 1}"


def _problem(error: ErrorDetails) -> str:
    field = next((f"'{step}'" for step in reversed(error["loc"]) if isinstance(step, str)), "tệp")
    match error["type"]:
        case "missing":
            return f"thiếu {field}"
        case "extra_forbidden":
            return f"không có ô nào tên {field}"
        case "literal_error" | "enum":
            expected = error["ctx"]["expected"].replace(" or ", ", ")
            return f"{field} không được là {str(error['input'])[:40]!r}, chỉ được là {expected}"
        case "string_pattern_mismatch":
            return f"{field} viết không đúng mẫu"
        case kind:
            return f"{field} {_PROBLEMS.get(kind, 'không hợp lệ')}"


def _traps(node: yaml.Node, *, seen: set[int]) -> Iterator[tuple[int, str]]:
    """What YAML allows but nobody means: a field written twice (the first would vanish), and references."""
    if id(node) in seen:
        yield node.start_mark.line + 1, "không dùng '&' và '*' của YAML"
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield key.start_mark.line + 1, "tên ô phải là chữ"
                continue
            if key.value in keys:
                yield key.start_mark.line + 1, f"ô '{key.value}' viết hai lần"
            keys.add(key.value)
            yield from _traps(value, seen=seen)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _traps(child, seen=seen)
