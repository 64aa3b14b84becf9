"""How the shipped text detector was made: generated images, training, comparison. Never imported by ``deid``."""
