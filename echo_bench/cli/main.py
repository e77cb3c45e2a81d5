"""The `echo-bench` command.

Exit codes: 0 done; 1 done, but some clips ended as FAILED; 2 bad input, with one named error; 3 something needed is not here
(the message says how to get it); 70 a fault of echo-bench itself, with a traceback; 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
import traceback

import typer

from echo_bench import __version__
from echo_bench.errors import EchoBenchError

OWN_FAULT = 70  # as in sysexits.h; Python's own code is 1, which says that clips FAILED
COMMANDS = (
    "demo", "run", "generate", "extract", "score", "merge", "train", "leaderboard", "report", "compare", "gate", "cite", "reproduce",
    "import", "list", "systems", "show", "validate", "validate-metrics", "split", "data", "weights", "cache", "doctor", "parity", "submit",
)  # fmt: skip

app = typer.Typer(
    name="echo-bench",
    help="Evaluate interactive heads: avatars that talk and listen, face to face.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"echo-bench {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Evaluate interactive heads: avatars that talk and listen, face to face."""


def build() -> typer.Typer:
    """The app with every command; their modules import nothing heavy before they run."""
    for name in COMMANDS:
        importlib.import_module(f"echo_bench.cli.{name.replace('-', '_')}_command").register(app)
    return app


def main() -> None:
    """Run the command line; named errors become one line on stderr and an exit code, others a traceback and a code of their own."""
    try:
        build()()
    except EchoBenchError as error:
        typer.echo(f"echo-bench: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("echo-bench: interrupted; run the same command again to go on", err=True)
        sys.exit(130)
    except Exception:
        typer.echo("echo-bench: a fault of its own, not of the input; please report it with these lines:", err=True)
        traceback.print_exc()
        sys.exit(OWN_FAULT)
