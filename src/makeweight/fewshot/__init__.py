"""Learn to tell classes apart that were never trained on."""
