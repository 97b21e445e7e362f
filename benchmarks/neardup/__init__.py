"""Parts of the deduplication benchmark: a corpus with copies and edits, the truth about it, and the peers."""
