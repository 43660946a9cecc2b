"""The inbox: files are checked as a run reads them, uploaded with their marker, and what lies astray is named."""
