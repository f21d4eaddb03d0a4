"""One small result of each measure, in the shape the catalogue gives."""

from __future__ import annotations

from tests.library.charts.test_funnel import FUNNEL

RESULTS = [FUNNEL]
