"""One folder a Lambda, and what two sides must agree on in `shared`."""
