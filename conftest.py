"""What examples in docstrings need, which lie outside of tests/."""

from doctest_folder import (
    examples_in_their_folder,
    folder_of_examples,
    pytest_collection_modifyitems,
)

__all__ = [
    "examples_in_their_folder",
    "folder_of_examples",
    "pytest_collection_modifyitems",
]
