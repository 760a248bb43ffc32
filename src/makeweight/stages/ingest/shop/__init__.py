"""A small marketplace on loopback with real public domain clip art: the built-in site to crawl, with known truth."""
