"""How similar synthetic samples are to real ones, per modality and class, and what they reveal about train rows."""
