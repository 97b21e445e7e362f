"""Everything that can be configured, read in one place: recipes, bundled files and their checksums."""
