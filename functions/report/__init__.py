"""Report: what a run did and what it found, on one self-contained page."""
