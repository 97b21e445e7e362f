"""Status, one clear line for bad input, help, version, completion."""

import os
import subprocess
import sys

import pytest

from tierline import __version__
from tierline.cli import main
from tierline.cli.main import COMMANDS, GROUPS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rethreshold",), "holds no promoted signals"),
        (("rethreshold", "words=1"), "words=1: not a threshold"),
        (("rethreshold", "languages=en,\xff"), "languages=en,\xff: no language that is identified: \xff"),
        (("rethreshold", "languages=xx,\udcff"), r"languages=xx,\udcff: the argument is not UTF-8"),
        (("rethreshold", "words_min=few"), "words_min=few: not a number"),
        (("trace", "doc_nowhere"), "doc_nowhere: no promoted row has this id"),
        (("trace", "nonsense"), "nonsense: no promoted row has this id"),
        (("waive", "l0_raw", "nowhere", "--who", "a", "--why", "b", "--until", "2099-01-01"), "l0_raw/nowhere: has not been written"),
        (("waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "soon"), "soon: not a date"),
        (("waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "2020-01-01"), "2020-01-01: lies in the past"),
        (("--as-of", "yesterday", "flow"), "yesterday: not a time"),
        (("--as-of", "2020-01-01", "waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "2099-01-01"), "has not been written"),
        (("sql", "nothing"), "nothing: no such SQL model"),
        (("sql", "facts_as_of", "--set", "dya=2011"), "--set dya=2011: no such variable of the model; facts_as_of has day"),
        (("sql", "facts_as_of", "--set", "day=June"), "--set day=June: not a day"),
        (("sql", "facts_as_of", "--set", "day"), "--set day: not a day"),
        (("sql", "l1_rule_counts", "--set", "words_min=few"), "--set words_min=few: not a number"),
        (("diff", "nowhere"), "l2_selection_diff/nowhere: has not been written"),
        (("export", "pretrain"), "mix_pretrain/all: has not been written"),
        (("export", "pretrain", "--tokenizer", "nowhere.json"), "nowhere.json: cannot be read"),
        (("export", "pretrain", "--sequence", "0"), "--sequence: must be at least 1"),
        (("allocate", "pretrain"), "mix_pretrain: no source has a promoted row to offer"),
        (("allocate", "pretrain", "--token-value", "L9=2"), "L9=2: not a tier"),
        (("allocate", "pretrain", "--token-value", "L2=much"), "L2=much: not a number"),
        (("allocate", "pretrain", "--token-value", "L2=-1"), "--token-value: token_value is -1.0: expected a number of at least 0.0"),
        (("trace",), "needs a row's id, or --position with either --mix or --run"),
        (("trace", "--mix", "nowhere"), "needs a row's id, or --position with either --mix or --run"),
        (("trace", "--mix", "nowhere", "--position", "1"), "nowhere: is no exported mix"),
        (("verify",), "holds no crawl records"),
        (("trce", "doc_1"), "No such command 'trce'. Did you mean 'trace'? see `tierline --help`"),
        (("trace", "--sed", "1"), "No such option: --sed (Possible options: --seed); see `tierline trace --help`"),
        (("trace", "doc_1", "--seed", "x"), "Invalid value for '--seed'"),
        (("waive", "l0_raw"), "Missing argument 'shard'"),
        (("waive", "l9", "s", "--who", "a", "--why", "b", "--until", "2099-01-01"), "l9: no such stage; stages are l0_raw"),
        (("export", "finetune"), "finetune: no such phase; phases are pretrain, midtrain, alignment"),
        (("plan", "--of", "L9"), "--of L9: tokens are not counted there"),
        (("trace", "\x1b[2J\n\u202e"), r"\x1b[2J \u202e: no promoted row has this id"),
        (("trace", "doc_\udcff"), r"doc_\udcff: the argument is not UTF-8"),
        (("vacuum", "--keep-days", "1e300"), "--keep-days: more than 36,500 days, or no number"),
        (("--lake", "l" * 5_000, "flow"), "File name too long"),
        (("recipe", "l1.fliter"), "l1.fliter: no such section or setting; did you mean"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, message):
    status, out, err = run(*arguments)
    assert status == 2 and out == ""
    assert err.startswith("tierline: ") and err.count("\n") == 1 and message in err


def test_help_lists_every_command_in_its_group_without_lines_or_color_where_nobody_looks(run):
    status, out, _ = run("--help")
    groups = [line.rstrip(":") for line in out.splitlines() if line and line[0] != " "]
    assert status == 0 and groups[2:] == list(COMMANDS) and out.isascii() and "\x1b" not in out
    assert main([]) == 0 and "COMMAND" in run("--help")[1]


@pytest.mark.parametrize("command", [function.__name__ for functions in COMMANDS.values() for function in functions])
def test_every_command_explains_itself_and_what_reads_has_json(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0 and f"Usage: tierline {command}" in out
    told = (
        "waive",
        "attest",
        "export",
        "forget",
        "serve",
        "reviewer",
        "prov",
        "metrics",
        "openlineage",
    )  # print what is no table, or nothing
    assert ("--json" in out) == (command not in told)


@pytest.mark.parametrize(("group", "command"), [(group, command) for group, (_, _, commands) in GROUPS.items() for command in commands])
def test_every_command_of_a_group_explains_itself(run, group, command):
    status, out, _ = run(group, command, "--help")
    assert status == 0 and f"Usage: tierline {group} {command}" in out
    assert f"  {group} " in run("--help")[1] and command in run(group, "--help")[1]


def test_version_is_the_packages(run):
    assert run("--version") == (0, f"tierline {__version__}\n", "")


def test_completion_offers_commands_and_what_is_in_the_lake(tmp_path):
    def complete(line: str) -> list[str]:
        words = {"_TIERLINE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        done = subprocess.run([sys.executable, "-m", "tierline.cli"], env=os.environ | words, capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert complete("tierline tr") == ["trace"]
    assert complete("tierline export p") == ["pretrain"]
    assert "tier_flow" in complete("tierline sql tier")


@pytest.mark.parametrize("arguments", [("--help",), ("flow",), ("sql", "tier_flow"), ("trace", "--help")])
def test_commands_that_look_import_nothing_that_computes(crawled, arguments):
    heavy = "numba torch sklearn faiss great_expectations xllamacpp scipy tokenizers"
    code = f"import sys; from tierline.cli import main; main(sys.argv[1:]); print([n for n in {heavy.split()} if n in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, "--lake", crawled[0].root, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n" and done.stdout


def test_who_stops_reading_is_not_told_about_it(crawled):
    command = f"{sys.executable} -m tierline.cli sql --json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_an_output_that_takes_nothing_is_one_line_and_status_2(crawled):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "tierline.cli", "sql", "--json"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr == "tierline: No space left on device; check permissions and free space\n"


def test_a_closed_output_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["flow"]) == 2
    assert capsys.readouterr().err == "tierline: standard output is closed; send what is not wanted to /dev/null\n"


def test_closed_errors_end_nothing(monkeypatch, lake):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["--lake", f"{lake.root}/nowhere", "verify"]) == 2
