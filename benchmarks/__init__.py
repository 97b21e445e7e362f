"""One module for each promise that is measured."""
