"""Engines read the tables of a lake, in a folder or a bucket: each counts the promoted rows of a table by shard."""
