"""Rules that front ends contain as code: that of training, and of the trial list."""

import ast
import inspect
from importlib.resources import files as resources
from types import ModuleType

from morphkit.experiment import training_rule, trial_list


def python_rule() -> str:
    """Return the rule of training as functions of Python."""
    return _functions(training_rule)


def python_lists() -> str:
    """Return the rule of the trial list as functions of Python; it needs ``re``."""
    return "import re\n" + _functions(trial_list)


def _functions(module: ModuleType) -> str:
    """Return the functions of a module for every version that front ends use.

    Annotations, which older versions do not understand, and docstrings are left out.
    """
    source = inspect.getsource(module)
    lines = source.split("\n")
    parts = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            for argument in node.args.args:
                argument.annotation = None
            names = ast.unparse(node.args)
            body = lines[node.body[1].lineno - 1 : node.end_lineno]
            parts.append("\n".join([f"def {node.name}({names}):", *body, ""]))
    return "\n".join(parts)


def javascript_rule() -> str:
    """Return the rule of training as JavaScript: the object ``MorphkitRule``."""
    return _script("training_rule.js")


def javascript_lists() -> str:
    """Return the rule of the list as JavaScript: the object ``MorphkitLists``."""
    return _script("trial_list.js")


def _script(name: str) -> str:
    """Return a script of the pages to go into other code."""
    place = resources("morphkit") / "export" / "pages" / name
    return place.read_text("utf-8").removeprefix('"use strict";\n')
