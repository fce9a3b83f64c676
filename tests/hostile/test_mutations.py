"""Mutations of packs and of all that belongs to a study: refused, or harmless.

``benchmarks/hostile_packs.py`` draws many more.
"""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import KINDS, Mutator

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mutator(good, tmp_path_factory) -> Mutator:
    return Mutator(good, tmp_path_factory.mktemp("mutations"))


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_a_mutation_is_refused_or_harmless(mutator, kind, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mutator.run(kind, data.draw)
    assert mutator.counts.total() > 0
