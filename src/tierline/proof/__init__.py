"""Proof for auditors: Merkle trees, signed statements and the keys of named people, over files below one folder of the lake."""

PROOF = "_proof"  # folder of a lake: the log of its commits, its signed heads, its registered keys
ROOT_KEY = "TIERLINE_ROOT_KEY"  # the first key of a lake, which admits all others: where it is set, waivers must be signed
