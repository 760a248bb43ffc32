"""A crawl of a site that its card describes: Scrapy fetches, a ledger on disk remembers every URL and its fate."""
