"""The command line of the tiny project, called in this process."""

from click.testing import CliRunner, Result

from machinery.cli import commands
from machinery.project import Project

from .project import PROJECT


def invoke(*arguments: object, project: Project = PROJECT) -> Result:
    """Run a command and return its output and exit status."""
    return CliRunner().invoke(commands, [str(each) for each in arguments], obj=project)
