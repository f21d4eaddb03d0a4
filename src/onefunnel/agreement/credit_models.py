"""The models by which credit for a sale can be shared, and what people call them."""

from __future__ import annotations

#: In the order people meet them: by place and time, then those that learn from data.
MODELS = (
    "first_touch", "last_touch", "linear", "u_shaped", "w_shaped", "full_path", "time_decay",
    "markov", "shapley",
)  # fmt: skip
#: Other names of the models.
_CALLED = {
    "first": "first_touch", "first_click": "first_touch", "last": "last_touch",
    "last_click": "last_touch", "even": "linear", "u": "u_shaped", "u_shape": "u_shaped",
    "position_based": "u_shaped", "w": "w_shaped", "w_shape": "w_shaped", "z_shaped": "full_path",
    "decay": "time_decay", "data_driven": "markov", "markov_chain": "markov",
    "shapley_value": "shapley",
}  # fmt: skip


def model_of(named: str) -> str:
    """The model that people call so; empty where none is."""
    key = named.strip().casefold().replace("-", "_").replace(" ", "_")
    return key if key in MODELS else _CALLED.get(key, "")


def title(model: str) -> str:
    """What people call a model: "first touch", "W-shaped"."""
    named = {"u_shaped": "U-shaped", "w_shaped": "W-shaped", "markov": "Markov"}
    return {**named, "shapley": "Shapley"}.get(model, model.replace("_", " "))
