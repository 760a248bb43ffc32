"""Supervised learning: the training loop, classifiers, scores, augmentation, trained networks on disk."""
