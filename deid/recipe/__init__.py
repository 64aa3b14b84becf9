"""Recipes: YAML in, rules for every element out.

``Recipe.load("research").compile()`` gives a :class:`Policy`; ``policy.for_instance(sop_class).rule(path, vr)``
answers for an element. Everything that changes output is in the recipe.
"""

from deid.recipe.check import Problem, check
from deid.recipe.conformance import conformance
from deid.recipe.convert import convert_ctp, convert_deid
from deid.recipe.load import Recipe, shipped_recipes
from deid.recipe.policy import InstancePolicy, Policy, arguments

__all__ = [
    "InstancePolicy",
    "Policy",
    "Problem",
    "Recipe",
    "arguments",
    "check",
    "conformance",
    "convert_ctp",
    "convert_deid",
    "shipped_recipes",
]
