"""The circuit breaker, with a time that the test moves."""

import threading

import pytest

from app.gateways.circuit_breaker import CircuitBreaker, CircuitOpenError


class SilentError(Exception):
    """Nobody answers."""


class Provider:
    """Somebody who answers, or not; counts how often they were asked."""

    def __init__(self) -> None:
        self.now, self.asked, self.mood = 0.0, 0, "fine"
        self.breaker = CircuitBreaker("somebody", rest_seconds=10, seconds=lambda: self.now)

    def ask(self, mood: str = "") -> str:
        self.mood = mood or self.mood
        return self.breaker.call(
            self._answer, failures=(SilentError,), is_failure=lambda said: said == "broken"
        )

    def _answer(self) -> str:
        self.asked += 1
        if self.mood == "silent":
            raise SilentError
        if self.mood == "refusing":
            raise ValueError(self.mood)
        return self.mood

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(SilentError):
                self.ask("silent")


@pytest.fixture
def provider():
    return Provider()


def test_three_failures_within_ten_seconds_open_it(provider):
    for at in (0, 5, 10):
        assert not provider.breaker.is_open
        provider.now = at
        provider.fail()
    assert provider.breaker.is_open
    with pytest.raises(CircuitOpenError):
        provider.ask("fine")
    assert provider.asked == 3


def test_failures_far_apart_do_not(provider):
    for at in (0, 5, 10.1, 15.2, 20.3):
        provider.now = at
        provider.fail()
        assert not provider.breaker.is_open


def test_answers_between_do_not_hide_that_a_third_of_the_calls_fail(provider):
    for _ in range(3):
        provider.ask("fine")
        provider.fail()
    assert provider.breaker.is_open


def test_an_answer_may_be_a_failure_too(provider):
    assert [provider.ask("broken") for _ in range(3)] == ["broken"] * 3
    assert provider.breaker.is_open


def test_a_refusal_is_an_answer(provider):
    for _ in range(5):
        with pytest.raises(ValueError, match="refusing"):
            provider.ask("refusing")
    assert not provider.breaker.is_open


def test_after_the_rest_two_successes_close_it(provider):
    provider.fail(3)
    provider.now = 9.9
    assert provider.breaker.is_open
    provider.now = 10
    assert provider.ask("fine") == "fine"
    provider.fail()
    assert provider.breaker.is_open, "one success is not enough"
    provider.now = 20
    assert [provider.ask("fine") for _ in range(2)] == ["fine"] * 2
    provider.fail(2)
    assert not provider.breaker.is_open, "closed, with a clean slate"


def test_a_failure_in_the_trial_opens_it_for_another_rest(provider):
    provider.fail(3)
    provider.now = 10
    provider.fail()
    provider.now = 19.9
    assert provider.breaker.is_open
    provider.now = 20
    assert not provider.breaker.is_open


def test_a_trial_that_is_refused_leaves_room_for_the_next(provider):
    provider.fail(3)
    provider.now = 10
    with pytest.raises(ValueError, match="refusing"):
        provider.ask("refusing")
    assert provider.ask("fine") == "fine"


def test_only_one_call_at_a_time_tries(provider):
    provider.fail(3)
    provider.now = 10
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert may_end.wait(5)
        return "fine"

    def call() -> str:
        return provider.breaker.call(slow, failures=(SilentError,), is_failure=lambda _: False)

    trial = threading.Thread(target=call)
    trial.start()
    assert begun.wait(5)
    with pytest.raises(CircuitOpenError):
        provider.ask("fine")
    may_end.set()
    trial.join()
    assert provider.ask("fine") == "fine"


def test_calls_do_not_wait_for_each_other(provider):
    meeting = threading.Barrier(3, timeout=5)
    threads = [
        threading.Thread(
            target=lambda: provider.breaker.call(
                meeting.wait, failures=(SilentError,), is_failure=lambda _: False
            )
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    meeting.wait()
    for thread in threads:
        thread.join()
    assert not meeting.broken


def test_a_failure_from_before_the_opening_prolongs_nothing(provider):
    begun, may_fail = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert may_fail.wait(5)
        raise SilentError

    def call() -> None:
        with pytest.raises(SilentError):
            provider.breaker.call(slow, failures=(SilentError,), is_failure=lambda _: False)

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(5)
    provider.fail(3)
    provider.now = 9
    may_fail.set()
    thread.join()
    provider.now = 10
    assert not provider.breaker.is_open
