"""The asset graph: one file per tier, each asset a thin call into `tierline`."""
