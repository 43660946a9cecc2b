"""The inbox: check files as a run reads them, upload them with their marker, and name misplaced objects."""
