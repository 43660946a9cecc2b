"""Mappers, one module per service: each creates one type of resource, or updates an existing one."""
