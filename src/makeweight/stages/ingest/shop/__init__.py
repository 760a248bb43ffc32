"""A small marketplace on loopback over real public domain clip art: the built-in site to crawl, with a known truth."""
