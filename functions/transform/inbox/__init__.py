"""What people put into the inbox: any encoding and any layout of JSON, read as a stream of values."""
