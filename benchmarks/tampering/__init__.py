"""Lakes that somebody tampered with in every way that we could think of, and healthy ones that look odd: what verification is tried on."""
