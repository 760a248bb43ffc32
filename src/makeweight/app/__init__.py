"""The web application: generate, classify, compare, balance a CSV. It shows what the pipeline made; it is no stage."""
