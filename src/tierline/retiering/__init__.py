"""Follows a change of a model, prompt or threshold: which documents move between tiers, and why."""
