"""What makes a question unanswerable: each says in words what is wrong and what to do."""

from __future__ import annotations

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.measures.steps.groups import UnknownGroup
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.tally import TooManyGroups
from onefunnel.server.measure.asking import BadQuestion

REFUSALS = (BadQuestion, PredicateError, UnknownGroup, TooManyGroups, NoSuccessPath)
