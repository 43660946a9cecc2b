"""Report: what a run did and what it found, on one page that needs nothing else."""
