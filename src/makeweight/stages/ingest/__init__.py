"""Ingest: a crawl of a site, or local files, become one table of raw samples with their provenance."""
