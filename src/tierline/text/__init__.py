"""Text as bytes and words: tokens, sentence vectors, toxicity and compiled kernels."""
