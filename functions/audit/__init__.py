"""The audit: compares what a crawl and a query found of a run with what was declared and written."""
