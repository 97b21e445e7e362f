"""What judges a text by a language model: prompts, a probe on hidden states, the guard against injected instructions."""
