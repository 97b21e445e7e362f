"""The kinds of faults, by what is broken. Each module has a function `faults` that draws some of every kind of its own."""
