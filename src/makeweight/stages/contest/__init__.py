"""The contest: every arm trains the same classifiers, with the same steps and seeds, and predicts the test split."""
