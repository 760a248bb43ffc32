"""The web application: generate, classify, compare, balance a CSV. It shows a run's results; it is no stage."""
