"""What each channel is given when every group of channels is asked what it would have won alone."""

from __future__ import annotations

import numpy as np

from onefunnel.statistics.credit_rules import Floats, Ints


def shapley_weights(channel: Ints, sizes: Ints) -> Floats:
    """The share of its journey's sale that each touch is given; those of a journey sum to one.

    A group of channels is worth the sales whose channels all lie in it. For that worth the Shapley
    value has a closed form: each sale is split equally among the distinct channels of its journey,
    whatever their order and number of touches. Here each channel's share is split equally among
    its touches in the journey. `channel[i]` is the code of touch i; touches stand by journey.
    """
    if not len(channel):
        return np.zeros(0)
    journey = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    pair = journey * (int(channel.max()) + 1) + channel
    _, place, touches = np.unique(pair, return_inverse=True, return_counts=True)
    starts = np.cumsum(sizes) - sizes
    each = 1.0 / touches[place]
    distinct = np.add.reduceat(each, starts)
    result: Floats = each / np.repeat(distinct, sizes)
    return result
