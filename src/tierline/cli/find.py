"""`tierline find`: the rows of every tier and mix that hold given words, and where a model's output comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierline.cli.context import open_present_lake
from tierline.cli.output import JsonDocument, progress, show_json, show_lines
from tierline.errors import BadInput

OUTPUT_BYTES = 4 << 20


def find(
    context: typer.Context,
    words: Annotated[str, typer.Argument(metavar="[WORDS]", help="Rows that hold all of these.")] = "",
    exact: Annotated[bool, typer.Option("--exact", help="One after the other, in this order.")] = False,
    output: Annotated[str, typer.Option(metavar="FILE", help="A model's output, to be found in the lake: a text file, or -.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Rows to show.")] = 20,
    shortest: Annotated[int, typer.Option("--words", metavar="N", help="Words that a span of an output has at least.")] = 8,
    as_json: JsonDocument = False,
) -> None:
    """Rows of every tier and mix that hold these words, or the words of a model's output."""
    if bool(words) == bool(output):
        raise BadInput("needs words or --output", "find", "see `tierline find --help`")
    from tierline.audit.find import Texts, find_words
    from tierline.audit.found_text import findings_data, findings_lines, origin_data, origin_lines
    from tierline.audit.spans import find_output

    lake = open_present_lake(context, "searches what the lake holds now")
    text = _read(output) if output else ""
    with progress("indexing", None) as advance:
        texts = Texts(lake, advance)
    if output:
        origin = find_output(texts, text, shortest)
        show_json(origin_data(origin)) if as_json else show_lines(*origin_lines(origin))
    else:
        found = find_words(texts, words, limit, exact)
        show_json(findings_data(found)) if as_json else show_lines(*findings_lines(found))


def _read(name: str) -> str:
    """The text of a file. BadInput."""
    try:
        data = typer.get_binary_stream("stdin").read(OUTPUT_BYTES + 1) if name == "-" else _bytes(Path(name))
        if len(data) > OUTPUT_BYTES:
            raise BadInput(f"is larger than {OUTPUT_BYTES >> 20} MiB", name, "give one output at a time")
        return data.decode()
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8 text", name, "give a model's output as text") from None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error})", name, "give a text file") from None


def _bytes(path: Path) -> bytes:
    from tierline.config.regular_file import open_regular

    with open_regular(path) as file:
        return file.read(OUTPUT_BYTES + 1)
