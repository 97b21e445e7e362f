"""Audits: what rests on a source, and where words of the lake or of a model's output come from."""
