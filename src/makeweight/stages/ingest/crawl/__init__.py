"""A crawl of a site that its card describes: Scrapy fetches, a ledger on disk records every URL and its outcome."""
