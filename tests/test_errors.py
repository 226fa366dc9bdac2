"""Which errors say that this month has no answer, and how a page says what an error says."""

import inspect

import pytest

from cxmodels.churn import errors as churn
from cxmodels.clv import errors as clv
from cxmodels.errors import NothingToTell, without_place
from cxmodels.loyalty import errors as loyalty


@pytest.mark.parametrize(
    ("room", "every", "expected"),
    [
        (
            churn,
            churn.ChurnError,
            "NoEpisodes NoInactivityRule NobodyActive TooFewCustomers TooFewEvents TooFewWatched",
        ),
        (clv, clv.ClvError, "NoModel NoMoney NoPurchases NoRepeatPurchases TooFewCustomers"),
        (loyalty, loyalty.LoyaltyError, "NoModel TooFewRespondents"),
    ],
    ids=["churn", "clv", "loyalty"],
)
def test_an_error_of_too_few_or_none_is_no_mistake_and_every_other_is_one(room, every, expected):
    own = {name for name, error in inspect.getmembers(room, inspect.isclass) if issubclass(error, every)}
    assert {name for name in own if issubclass(getattr(room, name), NothingToTell)} == set(expected.split())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("fit_cox: nobody left", "nobody left"),
        ("nobody left: why?", "nobody left: why?"),
        ("nobody left", "nobody left"),
        (": nobody left", ": nobody left"),
    ],
)
def test_a_page_says_what_an_error_says_without_the_function_it_came_from(said, told):
    assert without_place(said) == told
