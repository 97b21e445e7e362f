"""Small tables between two assets as Arrow files: unlike Dagster's own files, reading them runs no code of whoever wrote them."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa

from tierline.errors import BadInput
from tierline.lake.durable import replace_file


class SmallTables(dg.ConfigurableIOManager):
    """One Arrow file for each asset, replaced atomically."""

    folder: str

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        """Write the table."""
        path, sink = self._path(context), pa.BufferOutputStream()
        if not isinstance(obj, pd.DataFrame):
            raise BadInput(f"only a table passes between assets, found {type(obj).__name__}", context.asset_key.to_user_string())
        table = pa.Table.from_pandas(obj, preserve_index=False)
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        replace_file(path, sink.getvalue().to_pybytes())
        context.add_output_metadata({"path": dg.MetadataValue.path(str(path))})

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """Read the table that an asset has returned last."""
        path = self._path(context)
        try:
            with pa.memory_map(str(path)) as file:
                return pa.ipc.open_file(file).read_all().to_pandas()
        except (OSError, pa.ArrowInvalid) as problem:
            raise BadInput("this table cannot be read", str(path), f"materialize {path.stem} again") from problem

    def _path(self, context: dg.InputContext | dg.OutputContext) -> Path:
        return Path(self.folder, *context.asset_key.path[:-1], f"{context.asset_key.path[-1]}.arrow")
