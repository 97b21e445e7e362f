"""Compiled loops over the UTF-8 bytes of whole batches. Importing one of them imports numba: import it where it is needed."""
