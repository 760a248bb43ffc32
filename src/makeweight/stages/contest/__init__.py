"""E3: every way of balancing is given the same classifiers, steps and seeds, and answers on the real test split."""
