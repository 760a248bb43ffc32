"""E1 and E2: classifiers trained on real and on synthetic rows, each evaluated on rows of both origins."""
