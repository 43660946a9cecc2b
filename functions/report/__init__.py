"""Report: one self-contained page that shows what a run did and found."""
