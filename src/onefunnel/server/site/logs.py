"""Logs that a machine or a person can read, and that never hold a person's data.

Tracebacks are plain: rich's boxes would print local variables, that is, e-mails and passwords.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import Any

import structlog


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
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "structured"},
            },
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "onefunnel": {"level": "INFO"},
                "django.server": {"level": "WARNING", "propagate": True, "handlers": []},
            },
        }
    )
