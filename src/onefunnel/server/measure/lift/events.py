"""What happens to results of experiments, in the past tense."""

from __future__ import annotations

TEST_ENTERED = "measure.test-entered"
TEST_TAKEN_BACK = "measure.test-taken-back"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    TEST_ENTERED: "Somebody entered what an experiment showed of a channel, campaign or tactic",
    TEST_TAKEN_BACK: "Somebody took back what they had entered of an experiment",
}
