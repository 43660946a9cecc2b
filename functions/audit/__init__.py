"""The audit: compare the catalog and the query results of a run with the declared tables and the written rows."""
