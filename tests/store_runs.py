"""Runs for tests of stores."""

import sweep_doubles
from typer.testing import CliRunner

from comity.cli import app

QUICK = sweep_doubles.quick


def comity_(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "80", "TERM": "dumb"})
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result.output
