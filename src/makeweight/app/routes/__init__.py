"""The pages and the JSON API behind them, one module per page."""
