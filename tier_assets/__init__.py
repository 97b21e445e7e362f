"""The asset graph: one file per tier, each asset a thin call into `tierline`."""

import warnings

# Partitioned checks are what a gate must be (docs/gates.md), typed frames and links to code what people are shown; all work and
# are pinned by version, and Dagster would say for each of them that it may still change.
warnings.filterwarnings("ignore", message="Specifying a partitions_def on an AssetCheckSpec")
warnings.filterwarnings("ignore", message="(Class `PandasColumn`|Function `create_dagster_pandas_dataframe_type`) is currently in beta")
warnings.filterwarnings("ignore", message="Parameter `use_user_code_server` of initializer")
warnings.filterwarnings("ignore", message="Class `(LocalFileCodeReference|CodeReferencesMetadataValue)` is currently in beta")
