"""The rule of training as code that front ends contain."""

import ast
import inspect
from importlib.resources import files as resources

from morphkit.experiment import training_rule


def python_rule() -> str:
    """Return the functions of the rule as Python for every version that front ends use.

    Annotations, which older versions do not understand, and docstrings are left out.
    """
    source = inspect.getsource(training_rule)
    lines = source.split("\n")
    parts = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            names = ", ".join(argument.arg for argument in node.args.args)
            body = lines[node.body[1].lineno - 1 : node.end_lineno]
            parts.append("\n".join([f"def {node.name}({names}):", *body, ""]))
    return "\n".join(parts)


def javascript_rule() -> str:
    """Return the rule as JavaScript: the object ``MorphkitRule``."""
    place = resources("morphkit") / "export" / "pages" / "training_rule.js"
    return place.read_text("utf-8").removeprefix('"use strict";\n')
