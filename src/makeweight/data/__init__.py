"""What a sample is: the card, the sample table, codecs, encoded arrays, leak checks, pictures."""
