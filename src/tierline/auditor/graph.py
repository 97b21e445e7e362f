"""The lineage of a row as nodes and lines: its ancestors down to the bytes, and what was made from it, a few rows of each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tierline.audit.find import Texts
from tierline.audit.index_rows import link_columns
from tierline.auditor.addresses import bytes_address, kin_address, row_address
from tierline.auditor.kin import ORDER, Made
from tierline.auditor.rows import HEADLINE, Row, headline, read_rows
from tierline.lake import Lake
from tierline.lineage.render import headline as node_headline
from tierline.lineage.trace import Node, parents_of
from tierline.stages import stage_of
from tierline.tables import TABLES

BYTES, MORE = "bytes", "+"  # in the place of a table, and of a row's id
SHOWN = 3  # rows of a table; the others are one node with their number
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Dot:
    """A node: the table that it is of, what it says in two lines, and where it leads. `more` rows are summed up in it."""

    table: str
    title: str
    says: str
    href: str
    is_focus: bool = False
    more: int = 0

    @property
    def tier(self) -> str:
        """The tier of its table, in lower case; "" of none."""
        spec = TABLES.get(self.table)
        return str(spec.tier).lower() if spec and spec.tier else ""


@dataclass(slots=True)
class Graph:
    """Nodes by key, tables in graph order, and lines from what was read to what was made from it."""

    dots: dict[Key, Dot] = field(default_factory=dict[Key, Dot])
    lines: set[tuple[Key, Key]] = field(default_factory=set[tuple[Key, Key]])

    def tables(self) -> dict[str, list[Key]]:
        """The keys of each table's nodes, tables in graph order."""
        order = {BYTES: -1} | {name: number for number, name in enumerate(ORDER)}
        found: dict[str, list[Key]] = {}
        for key in sorted(self.dots, key=lambda key: order.get(key[0], len(order))):
            found.setdefault(key[0], []).append(key)
        return found


def lineage_graph(lake: Lake, node: Node, texts: Texts | None, made: Mapping[str, Made]) -> Graph:
    """Of a traced row; `made` is what was made from it, by the index."""
    graph = Graph()
    _add_ancestors(graph, node)
    if texts:
        _add_descendants(graph, lake, node, texts, made)
    return graph


def _add_ancestors(graph: Graph, node: Node) -> None:
    seen: dict[str, dict[str, Node]] = {}
    links: dict[tuple[Key, Key], None] = {}
    for one in node.walk():
        seen.setdefault(one.table, {})[one.row_id] = one
        links |= {((parent.table, parent.row_id), (one.table, one.row_id)): None for parent in one.parents}
    placed: dict[Key, Key] = {}
    for table, rows in seen.items():
        shown = list(rows.values())[: SHOWN if len(rows) > SHOWN + 1 else SHOWN + 1]
        for one in shown:
            key = placed[table, one.row_id] = (table, one.row_id)
            href = row_address(table, one.row_id, one.shard)
            graph.dots[key] = Dot(table, one.row_id, node_headline(one), href, one is node)
        if rest := len(rows) - len(shown):
            more = (table, MORE)
            placed |= {(table, row_id): more for row_id in list(rows)[len(shown) :]}
            graph.dots[more] = Dot(table, f"and {rest:,} more", "ancestors of this table", "#ancestors", more=rest)
    graph.lines |= {(placed[parent], placed[child]) for parent, child in links}
    for key, found in _sources(placed, seen):
        name = f"{found['source_uri']} at {found.get('source_offset', found.get('source_row'))}"
        file = str(found["source_uri"]).rsplit("/", 1)[-1]
        href = bytes_address(key[1]) if key[0] == ORDER[0] else row_address(*key)
        graph.dots[BYTES, name] = Dot(BYTES, file, f"at {name.rsplit(' at ', 1)[-1]}", href)
        graph.lines.add(((BYTES, name), key))


def _sources(placed: Mapping[Key, Key], seen: Mapping[str, Mapping[str, Node]]) -> Iterator[tuple[Key, Row]]:
    """The shown rows that were read from files."""
    for (table, row_id), key in placed.items():
        row = seen[table][row_id].row
        if key == (table, row_id) and row.get("source_uri"):
            yield key, row


def _add_descendants(graph: Graph, lake: Lake, node: Node, texts: Texts, made: Mapping[str, Made]) -> None:
    reached = {(node.table, node.row_id), *((name, place.row_id) for name, one in made.items() for place in one.rows)}
    parents: list[Key] = [(node.table, node.row_id)]
    for name, one in made.items():
        shown = one.rows[: SHOWN if one.total > SHOWN + 1 else SHOWN + 1]
        rows = read_rows(lake, shown, [*HEADLINE, *link_columns(name)])
        for place, row in rows.items():
            key = (name, place.row_id)
            graph.dots[key] = Dot(name, place.row_id, headline(row), row_address(name, place.row_id, place.shard))
            for parent in reached.intersection(parents_of(name, row)):
                graph.lines.add((parent if parent in graph.dots else (parent[0], MORE), key))
        if rest := one.total - len(shown):
            count = f"and {rest:,} more" if one.is_whole else f"and {rest:,} or more"
            graph.dots[name, MORE] = Dot(name, count, "list them", kin_address(node.table, node.row_id, name), more=rest)
            _lead_to_others(graph, texts, parents, name)
        parents += [(name, place.row_id) for place in shown]


def _lead_to_others(graph: Graph, texts: Texts, parents: Iterable[Key], name: str) -> None:
    """Lines to what is summed up, from the shown rows that it was made from, or else from what is summed up itself."""
    more = (name, MORE)
    for parent in parents:
        hits, total = texts.made_from([parent], name, SHOWN + 2)
        if total > sum((name, hit.row_id) in graph.dots for hit in hits):
            graph.lines.add((parent, more))
    if not any(child == more for _, child in graph.lines):
        graph.lines |= {((table, MORE), more) for table in stage_of(name).parents if (table, MORE) in graph.dots}
