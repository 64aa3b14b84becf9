"""Prefect flows over the public API of :mod:`deid`; nothing here knows its rooms."""
