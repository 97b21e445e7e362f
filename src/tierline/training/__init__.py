"""Proxy training: whether the order of tiers pays, measured on small models that differ in nothing else (torch only here)."""
