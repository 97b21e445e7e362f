"""Each engine gives the rows that the toolkit's functions give without it, from Parquet to Parquet, by the examples that docs show."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from examples.pages import all_pages
from tierline import batch

pytest.importorskip("apache_beam", reason="needs the environment of `make engines`")

STEPS = (batch.extract, batch.filter, batch.score, batch.select, batch.assign_tier)
PAGES = 60


@pytest.fixture(autouse=True)
def no_cluster_stays() -> Iterator[None]:
    """The example of Ray starts a cluster in this process: Daft would run on it, and later tests could not join one of their own."""
    yield
    import_module("ray").shutdown()


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    """A Parquet file of pages as a crawler stores them, in several row groups."""
    found = [page for page in all_pages() if not page.encoding][:: len(all_pages()) // PAGES]
    path = tmp_path_factory.mktemp("pages") / "pages.parquet"
    rows = {name: [getattr(page, name) for page in found] for name in ("url", "body", "content_type")}
    pq.write_table(pa.table(rows), path, row_group_size=16)
    return path


@pytest.fixture(scope="module")
def expected(pages) -> pa.Table:
    """What the functions give of all rows at once."""
    rows = pq.read_table(pages)
    for step in STEPS:
        rows = step(rows)
    return rows.sort_by("doc_id")


def assert_same(path: Path, expected: pa.Table) -> None:
    """The rows of the files at or below a path are the expected ones, whatever their order and string types."""
    files = (
        [path] if path.is_file() else sorted(path.parent.glob(f"{path.name}*.parquet") if not path.is_dir() else path.rglob("*.parquet"))
    )
    found = pa.concat_tables([pq.read_table(file) for file in files], promote_options="permissive")
    assert sorted(found.column_names) == sorted(expected.column_names)
    found = found.select(expected.column_names).cast(expected.schema).sort_by("doc_id")
    different = [name for name in expected.column_names if not found[name].equals(expected[name])]
    assert not different


@pytest.mark.parametrize("engine", ["pandas", "polars", "datasets", "ray", "beam", "daft"])
def test_an_engine_gives_the_rows_of_the_functions(engine, pages, expected, tmp_path):
    target = tmp_path / ("scored.parquet" if engine in ("pandas", "polars", "datasets") else "scored")
    import_module(f"examples.toolkit.with_{engine}").main(str(pages), str(target))
    assert_same(target, expected)


def test_a_stream_of_datasets_gives_the_same_rows(pages, expected, tmp_path):
    import_module("examples.toolkit.with_datasets").main(str(pages), str(tmp_path / "scored.parquet"), streaming=True)
    assert_same(tmp_path / "scored.parquet", expected)


def test_the_rows_are_of_several_tiers(expected):
    assert {"L0", "L2"} <= set(expected["tier"].to_pylist())
