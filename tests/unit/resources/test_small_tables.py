"""Small tables between assets: what was written is read, whole or not at all, and nothing in a file is run."""

import pickle
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from resources.small_tables import SmallTables
from tierline.errors import BadInput

FRAME = pa.table(
    {
        "stage": ["l1_filtered", None],
        "rows": pa.array([2, None], pa.int64()),
        "share": [0.5, 0.25],
        "causes": [["a", "b"], []],
        "shards": [1, 2],
    }
).to_pandas()


def written(folder: Path, table: object, name: str = "tier_flow") -> SmallTables:
    manager = SmallTables(folder=str(folder))
    manager.handle_output(dg.build_output_context(asset_key=dg.AssetKey(name)), table)
    return manager


def read(manager: SmallTables, name: str = "tier_flow") -> pd.DataFrame:
    return manager.load_input(dg.build_input_context(asset_key=dg.AssetKey(name)))


def test_a_table_is_read_as_it_was_written(tmp_path):
    found = read(written(tmp_path, FRAME))
    pd.testing.assert_frame_equal(found, FRAME)
    assert [path.name for path in tmp_path.iterdir()] == ["tier_flow.arrow"], "nothing unfinished is left"


def test_a_table_is_replaced(tmp_path):
    written(tmp_path, FRAME)
    assert len(read(written(tmp_path, FRAME.head(1)))) == 1


def test_a_pickle_in_the_place_of_a_table_is_refused_and_not_run(tmp_path):
    class Attack:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "run",))

    for name in ("tier_flow", "tier_flow.arrow"):
        (tmp_path / name).write_bytes(pickle.dumps(Attack()))
    with pytest.raises(BadInput, match=r"tier_flow\.arrow: this table cannot be read; materialize tier_flow again"):
        read(SmallTables(folder=str(tmp_path)))
    assert not (tmp_path / "run").exists()


def test_a_table_that_was_never_written_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="materialize absent again"):
        read(SmallTables(folder=str(tmp_path)), "absent")


def test_what_is_not_a_table_is_refused(tmp_path):
    with pytest.raises(BadInput, match="tier_flow: only a table passes between assets, found dict"):
        written(tmp_path, {"rows": 2})
