"""Rows of XML: elements at one path, each as nested values; memory holds one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, iterparse

from tierline.errors import BadInput


def xml_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(path with its number, values) of each element at `reader.rows`. Attributes are named `@name`, children by their tags without
    namespace, text `#text`. Entities from outside are never read (expat resolves none). BadInput where the file is not well-formed."""
    wanted = [part for part in reader.rows.split("/") if part]
    if not wanted:
        raise BadInput("XML needs the path of its rows", do="add `rows`, such as `countries/country`, to the mapping")
    path: list[Element] = []
    tags: list[str] = []
    count = 0
    try:
        for event, element in iterparse(file, ("start", "end")):
            if event == "start":
                path.append(element)
                tags.append(_local(element.tag))
                continue
            if tags == wanted:
                count += 1
                yield f"/{'/'.join(wanted)}[{count}]", _values(element)
            is_of_a_row = len(tags) > len(wanted) and tags[: len(wanted)] == wanted
            path.pop()
            tags.pop()
            if path and not is_of_a_row:
                path[-1].remove(element)
    except ParseError as error:
        raise BadInput(f"is not well-formed XML ({error})") from None


def _values(element: Element) -> dict[str, Any]:
    values: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        values.setdefault(_local(child.tag), []).append(_values(child))
    if text := (element.text or "").strip():
        values["#text"] = text
    return values


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
