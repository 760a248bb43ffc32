"""Supervised learning: the training loop, classifiers, late fusion, augmentation, trained networks on disk."""
