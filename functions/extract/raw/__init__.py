"""The raw bucket: envelopes, the day's journal, conditional writes."""
