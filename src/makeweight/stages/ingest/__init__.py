"""Ingest: crawl a site or read files into one table of raw samples with their provenance."""
