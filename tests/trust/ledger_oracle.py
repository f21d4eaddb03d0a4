"""The stage ledger in plain Python: what the measures must say of any log of moves."""

from collections import Counter, defaultdict
from collections.abc import Iterable

PATH = ("Lead", "MQL", "SQL", "Won", "Renewed")
ENDS = {"Lost": "lost", "Bad fit": "disqualified", "Later": "recycled"}
WON = PATH.index("Won")
Move = tuple[str, float | None, str, int]  # lead, day or None, stage, seq


def entries(moves: list[Move]) -> list[tuple[float | None, str]]:
    """One lead's entries in order; an undated move stands after the dated ones of smaller seq."""

    def place(move: Move) -> tuple[float, int, int]:
        _, day, stage, seq = move
        if day is None:
            day = max((d for _, d, _, s in moves if d is not None and s < seq), default=-1.0)
        return day, seq, [*PATH, *ENDS].index(stage)

    found: list[tuple[float | None, str]] = []
    for _, day, stage, _ in sorted((m for m in moves if m[2] in (*PATH, *ENDS)), key=place):
        if not found or found[-1][1] != stage:
            found.append((day, stage))
    return found


def ledger(log: Iterable[Move], group_of: dict[str, str], as_of: float) -> dict[str, Counter]:
    """Per group: how often each (figure, stage) counts."""
    by_lead: defaultdict[str, list[Move]] = defaultdict(list)
    for move in log:
        if move[1] is None or move[1] <= as_of:
            by_lead[move[0]].append(move)
    counts: defaultdict[str, Counter] = defaultdict(Counter)
    for lead, moves in by_lead.items():
        stages = [stage for _, stage in entries(moves)]
        if not stages:
            continue
        count = counts[group_of[lead]]
        success = [PATH.index(stage) for stage in stages if stage in PATH]
        furthest, last = max(success, default=0), stages[-1]
        outcome = ENDS.get(last) or ("won" if PATH.index(last) >= WON else "open")
        count["leads", ""] += 1
        count[outcome, PATH[furthest]] += 1
        for k, stage in enumerate(PATH):
            count["reached", stage] += furthest >= k
            count["entered", stage] += k in success
            count["skipped", stage] += furthest >= k and k not in success
        back = set()
        for stage, after in zip(stages, [*stages[1:], None], strict=True):
            if stage in PATH:
                how = "open" if after is None else ENDS.get(after)
                if how is None:
                    how = "forward" if PATH.index(after) > PATH.index(stage) else "back"
                count["stays", stage] += 1
                count[f"stay {how}", stage] += 1
                back |= {stage} if how == "back" else set()
        for stage in back:
            count["went_back", stage] += 1
    return counts
