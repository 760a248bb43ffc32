"""What a run came to: one reader of metrics/ and plots/, and the charts and tables that show it."""
