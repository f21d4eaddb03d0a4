"""What happens to sequences, to leads in them, and to leads asleep, in the past tense."""

from __future__ import annotations

SEQUENCE_CHANGED = "run.sequence-changed"
SEQUENCE_SWITCHED_ON = "run.sequence-switched-on"
SEQUENCE_SWITCHED_OFF = "run.sequence-switched-off"
LEADS_ENROLLED = "run.leads-enrolled"
ENROLMENTS_UNDONE = "run.enrolments-undone"
LEAD_LEFT = "run.lead-left-sequence"
LEAD_PAUSED = "run.sequence-paused"
LEAD_RESUMED = "run.sequence-resumed"
LEAD_MOVED_ON = "run.sequence-revision-taken"
MAIL_SENT = "run.nurture-mail-sent"
MAIL_NOT_SENT = "run.nurture-mail-not-sent"
HUMAN_NEEDED = "run.human-needed"
TODO_MADE = "run.todo-made"
TODO_DONE = "run.todo-done"
TODO_CALLED_OFF = "run.todo-called-off"
TODO_GIVEN = "run.todo-given"
TODO_OPENED_AGAIN = "run.todo-opened-again"
LEAD_WOKEN = "run.lead-woken"
RULES_CHANGED = "run.nurture-rules-changed"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    SEQUENCE_CHANGED: "A sequence was made or changed",
    SEQUENCE_SWITCHED_ON: "A sequence was switched on",
    SEQUENCE_SWITCHED_OFF: "A sequence was switched off: nobody enters, nothing goes out",
    LEADS_ENROLLED: "Leads entered a sequence",
    ENROLMENTS_UNDONE: "Leads that entered a sequence were taken out again",
    LEAD_LEFT: "A lead left a sequence, or came to its end",
    LEAD_PAUSED: "A sequence stands still for a lead",
    LEAD_RESUMED: "A sequence goes on for a lead",
    LEAD_MOVED_ON: "Leads in a sequence go on by its new text",
    MAIL_SENT: "A mail of a sequence went out to a lead",
    MAIL_NOT_SENT: "A mail of a sequence was not sent to a lead",
    HUMAN_NEEDED: "A lead needs a human: no more mail, a person takes over",
    TODO_MADE: "Somebody has something to do with a lead",
    TODO_DONE: "What was to do with a lead was done",
    TODO_CALLED_OFF: "What was to do with a lead was called off",
    TODO_GIVEN: "What is to do with a lead was given to somebody",
    TODO_OPENED_AGAIN: "What was done with a lead is to do again: the contact was taken back",
    LEAD_WOKEN: "A lead woke up on its day",
    RULES_CHANGED: "The quiet time, or what happens to leads that wake up, was changed",
}
