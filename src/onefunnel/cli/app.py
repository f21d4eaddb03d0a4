"""The command line: one file per verb; each parses, calls the library once and prints."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

import typer
from typer.exceptions import TyperException

from onefunnel import __version__
from onefunnel.cli import agree, facts, measure, plan

app = typer.Typer(
    name="onefunnel",
    help="One funnel for marketing and sales: from CRM exports to numbers both believe.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("facts", epilog=facts.EXAMPLES)(facts.facts)
app.command("measure", epilog=measure.EXAMPLES)(measure.measure)
app.command("plan", epilog=plan.EXAMPLES)(plan.plan)
app.add_typer(agree.app, name="agree")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"onefunnel {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_version, is_eager=True
    ),
) -> None:
    """One funnel for marketing and sales: from CRM exports to numbers both believe."""


def main() -> None:
    """Run the command line. One clear line on standard error and a non-zero exit on error."""
    for point in entry_points(group="onefunnel.cli"):
        point.load()(app)
    try:
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        _fail("stopped.", 130)
    except TyperException as error:
        _fail(f"{_one_line(ValueError(error.format_message()))} See --help.", error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (ValueError, LookupError, OSError) as error:
        if os.environ.get("ONEFUNNEL_DEBUG"):
            raise
        _fail(_one_line(error), 1)
    except Exception as error:
        if os.environ.get("ONEFUNNEL_DEBUG"):
            raise
        _fail(
            f"a fault of onefunnel, not yours: {type(error).__name__}: {_one_line(error)} "
            "Run again with ONEFUNNEL_DEBUG=1 to see where, and report it.",
            70,
        )
    sys.exit(code if isinstance(code, int) else 0)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or error}."
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split())


def _fail(message: str, code: int) -> None:
    typer.echo(f"onefunnel: {message}", err=True)
    sys.exit(code)
