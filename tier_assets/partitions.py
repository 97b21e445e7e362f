"""The one partitioning of the graph: a shard is a large crawl file or a packed group of small ones."""

import dagster as dg

crawl_shards = dg.DynamicPartitionsDefinition(name="crawl_shards")
