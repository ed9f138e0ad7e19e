"""The command line: ``dat COMMAND``. Exit codes: 0 done, 1 failed, 2 bad input."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import dat
from dat.app.cli.console import err, out
from dat.app.cli.data import data_app
from dat.app.cli.ledger import ledger_app
from dat.app.cli.runs import add_run_commands
from dat.app.cli.strategies import add_strategy_commands
from dat.app.cli.treasury import add_treasury_commands
from dat.errors import DatError

__all__ = ["app", "main"]

_INTERRUPTED = 130

app = typer.Typer(
    name="dat",
    help="Run a crypto treasury: one file describes it, one command runs it and writes the board report.",
    epilog="Exit codes: 0 done, 1 failed, 2 bad input. Figures go to stdout, progress and errors to stderr.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
add_treasury_commands(app)
add_run_commands(app)
add_strategy_commands(app)
app.add_typer(data_app)
app.add_typer(ledger_app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; no traceback reaches a user.

    Parameters
    ----------
    arguments
        Those after ``dat``; from the command line by default.

    Returns
    -------
    int
        Exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.
    """
    if sys.stdout is None:
        _say("stdout is closed: there is nowhere to print figures")
        return 1
    try:
        app(args=arguments, prog_name="dat")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(bool(done.code))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except DatError as error:
        _say(str(error))
        return error.exit_code
    except Exception as error:
        if os.environ.get("DAT_DEBUG") == "1":
            raise
        _say(f"{type(error).__name__}: {error} (unexpected; DAT_DEBUG=1 shows where)")
        return 1
    return 0


def _say(text: str) -> None:
    err.print(f"error: {text}", markup=False, highlight=False, soft_wrap=True)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        out.print(f"dat {dat.__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
