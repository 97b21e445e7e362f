"""Where the work on a shard's batches is done: in this process, or on the nodes of a cluster."""
