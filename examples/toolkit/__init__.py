"""The toolkit beside the engines that people run already: each example takes a Parquet file of pages to one of scored documents."""
