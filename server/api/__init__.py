"""The stations' API under `/api/v1`: routes translate, services decide.

The description in OpenAPI 3.1 is made of the same table of operations as the routes, and of the
same records of `gate.events` that the views read and write.
"""
