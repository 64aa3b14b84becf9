"""How the text model was made: grammar of reports, name models, training and held-out sets.

``python -m training.text`` makes the shipped model again. Nothing here is imported by :mod:`deid`.
"""
