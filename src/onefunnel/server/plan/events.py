"""What happens in this room, in the past tense."""

from __future__ import annotations

OBJECTIVE_DRAFTED = "plan.objective-drafted"
OBJECTIVE_CHANGED = "plan.objective-changed"
OBJECTIVE_SIGNED = "plan.objective-signed"
OBJECTIVE_SET_ASIDE = "plan.objective-set-aside"
OBJECTIVE_TAKEN_UP = "plan.objective-taken-up"
CAPACITY_SAID = "plan.capacity-said"
PLAN_SAVED = "plan.plan-saved"
WORK_ADDED = "plan.work-added"
WORK_DONE = "plan.work-done"
WORK_UNDONE = "plan.work-undone"
WORK_REMOVED = "plan.work-removed"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    OBJECTIVE_DRAFTED: "Somebody wrote an objective: what is to come out, and by when",
    OBJECTIVE_CHANGED: "Somebody changed an objective; it has to be signed again",
    OBJECTIVE_SIGNED: "The head of a team signed an objective",
    OBJECTIVE_SET_ASIDE: "Somebody set an objective aside",
    OBJECTIVE_TAKEN_UP: "Somebody took up an objective that was set aside",
    CAPACITY_SAID: "Somebody said who works on the leads of an objective, and how many they can",
    PLAN_SAVED: "Somebody saved a plan for an objective",
    WORK_ADDED: "Somebody put something on a list of an objective",
    WORK_DONE: "Something on a list of an objective was done",
    WORK_UNDONE: "Something on a list of an objective is to be done after all",
    WORK_REMOVED: "Somebody took something off a list of an objective",
}
