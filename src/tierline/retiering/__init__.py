"""What changes when a model, prompt or threshold does: which documents move between tiers, and why."""
