"""L2: scores of every document, selection by thresholds, the review queue, the student's training."""
