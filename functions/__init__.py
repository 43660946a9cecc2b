"""One folder per Lambda; `shared` holds what two of them must agree on."""
