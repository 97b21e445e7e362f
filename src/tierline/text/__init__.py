"""Text as bytes and words: tokens, embeddings, toxicity, compiled kernels."""
