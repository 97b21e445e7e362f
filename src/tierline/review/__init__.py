"""Human review: what waits for people in the order in which it pays, their page, and what their answers taught."""
