"""Makeweight: level an imbalanced data set with generated samples, and measure whether that helped."""

__version__ = "0.1.0"
