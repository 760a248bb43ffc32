"""Tables in files of foreign making: delimited text, Parquet, Excel and JSON, read without changing a value."""
