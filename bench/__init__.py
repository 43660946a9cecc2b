"""The README's benchmarks, one per module."""
