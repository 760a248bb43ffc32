"""The source `folder`: pictures in class folders, or listed in metadata files as in Hugging Face's ImageFolder."""
