"""Sweep: delete what nobody may see any more, objects and partitions."""
