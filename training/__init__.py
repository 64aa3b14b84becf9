"""How our own models were made; never imported by :mod:`deid`."""
