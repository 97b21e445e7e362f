"""Tierline manages language-model training data in five tiers, with gates between them and lineage through them."""
