"""The collector rests and turns are short while anybody builds, and only then."""

import gc
import sys
import threading

import pytest

from bot import memory


def test_the_collector_rests_inside_and_works_again_after() -> None:
    usual = sys.getswitchinterval()
    with memory.others_first():
        assert not gc.isenabled()
        assert sys.getswitchinterval() < usual
    assert gc.isenabled()
    assert sys.getswitchinterval() == usual


def test_of_two_builds_the_last_wakes_it() -> None:
    inside, may_end = threading.Event(), threading.Event()

    def build() -> None:
        with memory.others_first():
            inside.set()
            may_end.wait(10)

    other = threading.Thread(target=build)
    other.start()
    assert inside.wait(10)
    with memory.others_first():
        pass
    assert not gc.isenabled()
    may_end.set()
    other.join(10)
    assert gc.isenabled()


def test_a_build_that_fails_wakes_it() -> None:
    with pytest.raises(ValueError, match="broken"), memory.others_first():
        raise ValueError("broken")
    assert gc.isenabled()
