"""Logs that a machine or a person can read, and that never hold a person's data.

Tracebacks are plain: rich's boxes would print local variables, that is, e-mails and passwords.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import Any

import structlog


class RouteOnly(logging.Filter):
    """Say which page failed by its pattern, never by its address.

    Django logs `Not Found: /run/leads/ana@example.com/`; a lead's key may be an e-mail address.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple) and len(record.args) == 2:
            match = getattr(request, "resolver_match", None)
            route = f"/{match.route}" if match else "(no such page)"
            record.args = (record.args[0], route)
        return True


def logging_config(*, json: bool) -> None:
    """Send structlog and the standard library's loggers to stderr, as JSON or as plain lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if json:
        last: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *last,
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "filters": {"route_only": {"()": RouteOnly}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "structured",
                    "filters": ["route_only"],
                },
            },
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "onefunnel": {"level": "INFO"},
                # refusals (404, 403, ...) are no news for the log; faults are
                "django.request": {"level": "ERROR"},
            },
        }
    )
