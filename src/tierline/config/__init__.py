"""Recipes, bundled files and checksums: everything that is configured, read from one place."""
