"""Judges a text with a language model: prompts, a probe on hidden states, and the guard against injected instructions."""
