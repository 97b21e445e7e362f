"""Where the nodes and lines of a lineage graph stand: from left to right for wide pages and paper, from top to bottom for narrow ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tierline.auditor.graph import Dot, Graph, Key
from tierline.display import one_line

BOX, HIGH, ACROSS, DOWN = 146, 52, 34, 10  # of a box, and of the gaps between columns and between boxes; in pixels
EDGE = 2  # of the picture
LETTERS = 23  # in a box, at most: what does not fit is cut off
NARROW, RAIL, STEP = 360, 64, 48  # width of the narrow picture, of the part with its lines, and height of a node
NARROW_LETTERS = 48


@dataclass(frozen=True, slots=True)
class Box:
    """A node where it stands: `table` and two lines of text."""

    x: int
    y: int
    width: int
    height: int
    dot: Dot
    title: str
    says: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, and lines between them as paths of SVG."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    paths: tuple[str, ...]


def draw_wide(graph: Graph) -> Picture:
    """A column for each step, in which a table stands behind everything that its rows were made from."""
    tables = graph.tables()
    depth: dict[str, int] = {}
    for table in tables:
        before = [depth[parent[0]] for parent, child in graph.lines if child[0] == table and parent[0] in depth and parent[0] != table]
        depth[table] = 1 + max(before, default=-1)
    columns: dict[int, list[Key]] = {}
    for table, keys in tables.items():
        columns.setdefault(depth[table], []).extend(keys)
    tallest = max(map(len, columns.values()))
    height = tallest * (HIGH + DOWN) - DOWN + 2 * EDGE
    boxes: dict[Key, Box] = {}
    for number, column in enumerate(sorted(columns)):
        keys = _ordered(columns[column], graph, boxes)
        top = (height - (len(keys) * (HIGH + DOWN) - DOWN)) // 2
        for place, key in enumerate(keys):
            dot = graph.dots[key]
            x, y = EDGE + number * (BOX + ACROSS), top + place * (HIGH + DOWN)
            boxes[key] = Box(x, y, BOX, HIGH, dot, _cut(dot.title, LETTERS), _cut(dot.says, LETTERS))
    paths = [_across(boxes[parent], boxes[child]) for parent, child in sorted(graph.lines)]
    return Picture(len(columns) * (BOX + ACROSS) - ACROSS + 2 * EDGE, height, tuple(boxes.values()), tuple(paths))


def draw_narrow(graph: Graph) -> Picture:
    """A line for each node, the bytes first; what belongs together is joined at the left."""
    keys = [key for own in graph.tables().values() for key in own]
    boxes = {
        key: Box(
            RAIL, EDGE + number * STEP, NARROW - RAIL - EDGE, STEP - 6, dot, _cut(dot.title, NARROW_LETTERS), _cut(dot.says, NARROW_LETTERS)
        )
        for number, key in enumerate(keys)
        for dot in [graph.dots[key]]
    }
    paths = [_beside(boxes[parent], boxes[child]) for parent, child in sorted(graph.lines)]
    return Picture(NARROW, len(keys) * STEP + 2 * EDGE, tuple(boxes.values()), tuple(paths))


def _ordered(keys: Sequence[Key], graph: Graph, boxes: dict[Key, Box]) -> list[Key]:
    """Table by table, each row beside what it was made from, so that few lines cross."""

    def middle(key: Key) -> float:
        above = [boxes[parent].y for parent, child in graph.lines if child == key and parent in boxes]
        return sum(above) / len(above) if above else 0.0

    tables = list(dict.fromkeys(key[0] for key in keys))
    return sorted(keys, key=lambda key: (tables.index(key[0]), graph.dots[key].more > 0, middle(key), keys.index(key)))


def _across(parent: Box, child: Box) -> str:
    x, y, to_x, to_y = parent.x + parent.width, parent.y + parent.height // 2, child.x, child.y + child.height // 2
    bend = max(ACROSS // 2, (to_x - x) // 2)
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"


def _beside(parent: Box, child: Box) -> str:
    y, to_y = parent.y + parent.height * 2 // 3, child.y + child.height // 3
    out = RAIL - min(RAIL - 6, 12 + abs(to_y - y) // 8)
    return f"M{RAIL} {y}C{out} {y} {out} {to_y} {RAIL} {to_y}"


def _cut(text: str, letters: int) -> str:
    line = one_line(text, letters * 2)
    if cell_len(line) <= letters:
        return line
    while line and cell_len(line) > letters - 1:
        line = line[:-1]
    return f"{line}…"
