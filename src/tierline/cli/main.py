"""The `tierline` command: its list of commands, its global options, and what becomes of errors."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from tierline import __version__
from tierline.cli import (
    allocate,
    attest,
    backup,
    bases,
    bundle,
    check,
    cost,
    export,
    files,
    find,
    impact,
    key,
    log,
    look,
    methods,
    metrics,
    openlineage,
    plan,
    prov,
    recipe,
    release,
    rethreshold,
    review,
    reviewing,
    status,
    takedown,
    trace,
    upgrade,
    vacuum,
    verify,
)
from tierline.cli.context import DEFAULT_LAKE, Workplace, parse_moment
from tierline.config.places import Places
from tierline.display import printable
from tierline.errors import TierlineError
from tierline.extras import missing_extra
from tierline.logs import configure

# What `tierline --help` lists, in this order. A command's name is its function's, its help the function's docstring.
COMMANDS: dict[str, tuple[Callable[..., Any], ...]] = {
    "Look": (look.flow, look.shards, files.files, look.sql, bases.bases, methods.methods, check.check, find.find),
    "Prove": (trace.trace, impact.impact, verify.verify, bundle.bundle, release.release, prov.prov, openlineage.openlineage),
    "Review": (reviewing.review, reviewing.serve, reviewing.reviewer),
    "Decide": (
        review.diff,
        review.waive,
        review.waivers,
        rethreshold.rethreshold,
        files.forget,
        attest.attest,
        attest.statements,
    ),
    "Cost": (cost.cost, plan.plan),
    "Train": (export.export, allocate.allocate),
    "Keep up to date": (status.status, metrics.metrics, recipe.recipe, upgrade.upgrade, backup.backup, vacuum.vacuum),
}
# Commands of several words: group -> its panel, its help, and its commands.
GROUPS: dict[str, tuple[str, str, dict[str, Callable[..., Any]]]] = {
    "log": (
        "Prove",
        "The log of commits, its signed heads, and proofs.",
        {"sign": log.sign, "prove": log.prove, "check": log.check, "rows": log.rows},
    ),
    "takedown": (
        "Decide",
        "What people ask to be removed: plan, answer, progress, certificate.",
        {
            "request": takedown.request,
            "plan": takedown.plan,
            "refuse": takedown.refuse,
            "status": takedown.status,
            "certificate": takedown.certificate,
            "verify": takedown.verify,
        },
    ),
    "key": (
        "Prove",
        "Keys of named people, who sign what they decide.",
        {"new": key.new, "list": key.list_keys, "export": key.export, "revoke": key.revoke},
    ),
}

# Commands that have commands of their own.
WITH_COMMANDS: dict[Callable[..., Any], typer.Typer] = {reviewing.review: reviewing.review_group}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: done; 1: verification found a mismatch; 3: it only missed crawl files; 2: bad input, in one line; 130: interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if not sys.stderr:  # None: closed by who started this: what is told there is told to nobody
        sys.stderr = io.StringIO()
    try:
        configure("tierline")
    except TierlineError as error:
        print(f"tierline: {printable(str(error))}", file=sys.stderr)
        return 2
    if not sys.stdout:
        print("tierline: standard output is closed; send what is not wanted to /dev/null", file=sys.stderr)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without some character still shows the rest
    if unreadable := [printable(argument) for argument in given if not _is_utf8(argument)]:
        print(f"tierline: {unreadable[0]}: the argument is not UTF-8; check the terminal's encoding", file=sys.stderr)
        return 2
    try:
        status = get_command(build_app()).main(given, prog_name="tierline", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except TyperException as error:
        print(f"tierline: {printable(_usage(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        return _cannot_be_used(error)


def _is_utf8(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


class Commands(TyperGroup):
    """All commands, listed by panel also where help goes to a file; errors of the library become one line and status 2."""

    def invoke(self, ctx: Any) -> Any:
        """The command's exit status."""
        try:
            return super().invoke(ctx)
        except TierlineError as error:
            print(f"tierline: {printable(str(error))}", file=sys.stderr)
            return 2
        except ModuleNotFoundError as error:
            absent = missing_extra(error)
            if absent is None:
                raise
            print(f"tierline: {printable(str(absent))}", file=sys.stderr)
            return 2
        except BrokenPipeError:  # caught here: outside of it typer ends the process
            return _nobody_reads()
        except OSError as error:
            return _cannot_be_used(error)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """One section per panel, like the boxes on a terminal."""
        for panel, functions in COMMANDS.items():
            with formatter.section(panel):
                names = [function.__name__ for function in functions]
                own = [self.commands[name] for name in (*names, *(name for name, group in GROUPS.items() if group[0] == panel))]
                formatter.write_dl([(command.name, command.get_short_help_str(200)) for command in own])


def build_app() -> typer.Typer:
    """The application; help has boxes and color where it is shown on a terminal."""
    app = typer.Typer(cls=Commands, rich_markup_mode="rich" if sys.stdout.isatty() else None, pretty_exceptions_enable=False)
    app.callback()(_tierline)
    for panel, functions in COMMANDS.items():
        for function in functions:
            if function in WITH_COMMANDS:
                app.add_typer(WITH_COMMANDS[function], name=function.__name__, rich_help_panel=panel)
            else:
                app.command(function.__name__, rich_help_panel=panel)(function)
    for name, (panel, about, functions) in GROUPS.items():
        group = typer.Typer(no_args_is_help=True)
        for own, function in functions.items():
            group.command(own)(function)
        app.add_typer(group, name=name, help=about, rich_help_panel=panel)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"tierline {__version__}")
        raise typer.Exit


def _tierline(
    context: typer.Context,
    lake: Annotated[str, typer.Option(metavar="FOLDER", envvar="TIERLINE_LAKE", help="Folder or URL of the lake.")] = DEFAULT_LAKE,
    as_of: Annotated[
        str, typer.Option(metavar="TIME", help="Look at the lake as it was then: ISO 8601, UTC unless it says otherwise.")
    ] = "",
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Tiered data for language models: counts, lineage, proofs, decisions and costs of one lake.

    Commands that read print tables, and JSON with --json.
    """
    Places.of_environment()  # whatever the command needs of them: a variable that cannot be meant is never a surprise of a later run
    context.obj = Workplace(lake, parse_moment(as_of) if as_of else None)


def _usage(error: TyperException) -> str:
    """The error in the arguments, in one line, with the help command that explains them."""
    message = " ".join(error.format_message().split()).rstrip(".")
    command = getattr(getattr(error, "ctx", None), "command_path", "tierline")
    return f"{message}{'' if message.endswith('?') else ';'} see `{command} --help`"


def _cannot_be_used(error: OSError) -> int:
    """What the system refuses (a full disk behind the output, a folder without permission) is one line and status 2."""
    _nobody_reads()
    where = f"{printable(str(error.filename))}: " if error.filename else ""
    print(f"tierline: {where}{error.strerror or error}; check permissions and free space", file=sys.stderr)
    return 2


def _nobody_reads() -> int:
    """`| head` has closed the pipe: discard the rest of the output without an error at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real file
        sys.stdout = io.StringIO()
    return 0
