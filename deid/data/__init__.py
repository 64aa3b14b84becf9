"""Tables that are data, not code: names for surrogates, lexicons, models."""
