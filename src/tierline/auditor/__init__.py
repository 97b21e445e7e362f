"""The page of auditors in `tierline serve`: what `find`, `trace`, `verify`, `impact` and the proofs say, for people who click."""
