"""Package a Lambda: its zip, and the layer of its dependencies."""
