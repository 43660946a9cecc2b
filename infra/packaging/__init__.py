"""What a Lambda is made of: its zip and the layer of its dependencies."""
