"""Models that are cheap to ask: the distilled student, its prior, n-gram perplexity, and the features they see."""
