"""L2: scores of every document, selection by thresholds, the review queue, the training of the student."""
