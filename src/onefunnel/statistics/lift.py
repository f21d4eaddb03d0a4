"""What an experiment says of credit: how much of it would not have come by itself."""

from __future__ import annotations


def caused_share(lift: float) -> float:
    """Of what was won where the activity was, the share that it caused.

    `lift` is how much more was won with it than without it, in an experiment that held it back from
    some: 0.25 is a quarter more, so a fifth of what was won was caused. Below zero it did harm.
    """
    if lift <= -1:
        raise ValueError("nothing can lower wins by all of them or more")
    return lift / (1 + lift)


def scaling(lift: float, won_with: float, credited: float) -> float | None:
    """By how much credit is to be multiplied so that, in the experiment's own time, it is what the
    experiment says was caused among the `won_with` wins that it was part of; None without credit.
    """
    return caused_share(lift) * won_with / credited if credited > 0 else None
