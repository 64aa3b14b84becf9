"""The one door to a language model."""

from deid.llm.gate import Gate, GatePolicy

__all__ = ["Gate", "GatePolicy"]
