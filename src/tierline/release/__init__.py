"""Releases: what is current, pinned by digest under a name, with documents for those who get it, and what differs between two."""
