"""E1 and E2: classifiers trained on real and on synthetic rows, each examined on its own kind and on the other."""
