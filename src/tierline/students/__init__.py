"""Models that are cheap to run: the distilled student, its prior, n-gram perplexity, and the features they see."""
