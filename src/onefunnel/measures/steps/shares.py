"""A share that can be believed: its estimate, its interval, and when to say nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onefunnel.measures.steps.durations import ADVANCED, HOURS_A_DAY, LEFT, OPEN, SKIPPED, WENT_ON
from onefunnel.statistics.competing_risks import Incidence, aalen_johansen
from onefunnel.statistics.follow_up import is_too_early
from onefunnel.statistics.intervals import Interval, wilson

#: Fewer leads than this, or an interval wider than this, cannot support a share.
MIN_LEADS = 20
MAX_WIDTH = 0.5
#: A median needs this many leads that went on; fewer give None.
MIN_FOR_MEDIAN = 5
#: Where more than this share of the decided leads lack a time, times cannot carry the estimate.
MAX_UNDATED = 0.05
#: Where open leads without a time are more than this share of all, leaving them out would mislead.
MAX_WAITING = 0.01

#: How a note begins where leads were not followed for long enough.
TOO_EARLY = "too early for a final share"


def too_few(n: int) -> str:
    """What people read in place of a share that the data cannot support."""
    return f"too few to tell (n={n:,})"


def too_few_decided(n: int, *, lack_times: bool = False) -> str:
    """What they read where there are leads enough, but hardly any of them went on or left yet, or
    too many of those that did lack a time to be weighed against the open ones."""
    if n < MIN_LEADS:
        return too_few(n)
    if lack_times:
        return f"too few with times to tell (n={n:,})"
    return f"too few went on or left yet to tell (n={n:,})"


@dataclass(frozen=True)
class Rate:
    """A plain ratio of whole numbers: its share (None where too few), and its 95 % interval."""

    n: int
    share: float | None
    interval: Interval
    note: str


def rate(k: int, n: int) -> Rate:
    """Which share are k of n? The one guard of every plain rate, in rows, totals and words."""
    interval = wilson(k, n)
    is_too_few = n < MIN_LEADS or interval.width > MAX_WIDTH
    return Rate(n, None if is_too_few else k / n, interval, too_few(n) if is_too_few else "")


@dataclass(frozen=True)
class Estimate:
    """A share (None where too few), its 95 % interval, the days it takes, and what to know."""

    n: int
    share: float | None
    interval: Interval
    median_days: float | None
    p80_days: float | None
    note: str


@dataclass(frozen=True)
class Durations:
    """Grouped durations of one step: `leads[i]` took `hours[i]` (NaN: unknown) to `cause[i]`."""

    hours: NDArray[np.float64]
    cause: NDArray[np.int64]
    leads: NDArray[np.int64]

    def count(self, *causes: int) -> int:
        return sum(int(self.leads[self.cause == cause].sum()) for cause in causes)

    @property
    def dated(self) -> Durations:
        known = ~np.isnan(self.hours)
        if known.all():
            return self
        return Durations(self.hours[known], self.cause[known], self.leads[known])


def together(parts: list[Durations]) -> Durations:
    """Several groups as one."""
    return Durations(
        np.concatenate([part.hours for part in parts] or [np.zeros(0)]),
        np.concatenate([part.cause for part in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([part.leads for part in parts] or [np.zeros(0, np.int64)]),
    )


def estimate(durations: Durations) -> Estimate:
    """Which share goes on, and how long does it take those who do?

    With times: Aalen-Johansen, open leads censored, leaving competes; its standard error becomes
    an effective number of leads n = p(1-p)/se^2 for the Wilson interval, which without open leads
    is the plain one.

    Where times cannot carry that, the interval reaches from no open lead going on to all of them:
    where more than 5 % of the decided leads lack a time, the share is that of the decided leads
    alone; where no open lead has a time and more than 1 % of all are open, having a time follows
    from the outcome, and the share is that of all leads so far, which can only rise; where some
    open leads have a time and more than 1 % of all are open without one, the share is that of the
    leads with times and its interval starts from none of the others going on.

    The days are those by which half (80 %) of the leads that go on have gone on. Leads that skipped
    the stage before count in the share, not in the days: they were never in it.
    """
    n = int(durations.leads.sum())
    dated = durations.dated
    own = dated.cause != SKIPPED
    took = _time_to_go_on(dated, own)
    decided, went_on = durations.count(*WENT_ON, LEFT), durations.count(*WENT_ON)
    waiting = durations.count(OPEN)
    undated = decided - dated.count(*WENT_ON, LEFT)
    notes = []
    lack_times = decided > 0 and undated > MAX_UNDATED * decided
    if lack_times:
        share, interval = went_on / decided, _either_way(went_on, waiting, n)
        notes.append(f"times are missing for {undated:,} of {decided:,} decided leads")
    elif not dated.count(OPEN) and waiting > MAX_WAITING * n:
        share, interval = went_on / n, _either_way(went_on, waiting, n)
        notes.append(f"so far: {waiting:,} open leads without a time may still go on")
    else:
        incidence = took if own.all() else _all_who_went_on(dated)
        share = incidence.final
        interval = wilson(share * (size := _effective_n(incidence, dated)), size)
        unseen = waiting - dated.count(OPEN)
        if unseen > MAX_WAITING * n:
            interval = Interval(interval.low * (n - unseen) / n, interval.high)
            notes.append(f"{unseen:,} open leads without a time are not in the share")
        notes += _about_time(dated, took, undated if notes else undated + unseen)
    is_too_few = n < MIN_LEADS or interval.width > MAX_WIDTH
    if lack_times:
        notes[0] += (
            f", and {waiting:,} leads are open still"
            if is_too_few
            else ": the share is that of decided leads, open ones left out"
        )
    if is_too_few:
        notes.insert(0, too_few_decided(n, lack_times=lack_times))
    has_median = dated.count(ADVANCED) >= MIN_FOR_MEDIAN
    return Estimate(
        n=n,
        share=None if is_too_few else min(share, 1.0),
        interval=interval,
        median_days=_days(took.quantile(0.5)) if has_median else None,
        p80_days=_days(took.quantile(0.8)) if has_median else None,
        note="; ".join(notes),
    )


def _either_way(went_on: int, waiting: int, n: int) -> Interval:
    """From none of those still open going on to all of them."""
    return Interval(wilson(went_on, n).low, wilson(went_on + waiting, n).high)


def _all_who_went_on(dated: Durations) -> Incidence:
    advanced = np.where(dated.cause == SKIPPED, ADVANCED, dated.cause)
    return aalen_johansen(dated.hours, advanced, dated.leads, cause=ADVANCED)


def _time_to_go_on(dated: Durations, own: NDArray[np.bool_]) -> Incidence:
    """Of the leads that were in the stage before."""
    return aalen_johansen(dated.hours[own], dated.cause[own], dated.leads[own], cause=ADVANCED)


def _effective_n(incidence: Incidence, dated: Durations) -> float:
    """How many fully observed leads would be as sure as these."""
    share, error = incidence.final, incidence.final_error
    if error <= 0 or share >= 1:
        return float(dated.count(*WENT_ON, LEFT))
    return min(share * (1 - share) / error**2, float(dated.leads.sum()))


def _about_time(dated: Durations, took: Incidence, without: int) -> list[str]:
    notes = []
    if without:
        notes.append(f"{without:,} without a time are not in the share")
    median = took.quantile(0.5)
    if dated.count(OPEN) and median is not None and len(dated.hours):
        longest = float(dated.hours.max())
        if is_too_early(longest, median):
            notes.append(
                f"{TOO_EARLY}: followed for {longest / HOURS_A_DAY:.0f} days, half "
                f"of those who go on take {median / HOURS_A_DAY:.0f}"
            )
    return notes


def _days(hours: float | None) -> float | None:
    return None if hours is None else hours / HOURS_A_DAY
