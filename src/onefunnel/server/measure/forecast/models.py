"""Forecasts as they were made, week by week: they are held against what came."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from onefunnel.facts.utc import in_utc
from onefunnel.planner.forecast import Forecast


class FrozenForecast(models.Model):
    """What was forecast on a Monday under one agreement; rows are only added.

    `quantiles` are the wins by `onefunnel.planner.forecast.SHARES`; `is_replayed`: made later from
    what the record had on that day, because nobody asked then.
    """

    week = models.DateField()
    digest = models.CharField(max_length=64)  # of the agreement
    as_of = models.DateTimeField()
    until = models.DateTimeField()
    quantiles = models.JSONField()
    in_flight = models.FloatField()
    new = models.FloatField()
    simple = models.FloatField()
    widened = models.FloatField()
    is_replayed = models.BooleanField()
    made_at = models.DateTimeField()

    class Meta:
        app_label = "measure"
        ordering = ("week", "pk")
        constraints = (
            models.UniqueConstraint(fields=("week", "digest"), name="one_forecast_a_week_and_text"),
        )

    def __str__(self) -> str:
        return f"wins from {self.week}"

    @property
    def said(self) -> Forecast:
        """The forecast as the library has it."""
        return Forecast(
            in_utc(self.as_of), in_utc(self.until), tuple(self.quantiles), self.in_flight, self.new,
            self.simple, self.widened,
        )  # fmt: skip

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise ForecastsAreKept("A forecast is never changed: the next one says more.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise ForecastsAreKept("A forecast is never removed.")


class ForecastsAreKept(Exception):
    """Something tried to change or remove what was forecast."""


class ForecastTurn(models.Model):
    """Who freezes the forecast of a week under one agreement: one, however many workers ask."""

    week = models.DateField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        app_label = "measure"
        constraints = (
            models.UniqueConstraint(fields=("week", "digest"), name="one_turn_a_week_and_text"),
        )

    def __str__(self) -> str:
        return f"{self.week}: {self.digest[:12]}"
