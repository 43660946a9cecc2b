"""Mappers, a module a service: each creates one type of resource, or brings an existing one up to date."""
