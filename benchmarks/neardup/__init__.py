"""What the deduplication benchmark is made of: a corpus with copies and edits, the truth about it, and the peers."""
