"""The company as it is meant to be: every coefficient, with what it means; `truth.json` records them all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from cxmodels.simulate.exchanges import Comments, Consent, FollowUps, Journeys, Scores, Surveys, Theories

REGIONS = {"Île-de-France": 0.24, "Nord": 0.14, "Est": 0.13, "Sud-Est": 0.19, "Sud-Ouest": 0.16, "Ouest": 0.14}
JOINED_CHANNELS = {"Search": 0.34, "Social": 0.22, "Referral": 0.16, "Store": 0.16, "Partner": 0.12}
AGE_BANDS = {"18–29": 0.18, "30–44": 0.34, "45–59": 0.29, "60+": 0.19}
PLANS = {"Monthly": 0.56, "Annual": 0.26, "Premium": 0.18}


@dataclass(frozen=True)
class Joining:
    """Who the customers are."""

    means: str = (
        "Customers join over the months before and in the window, more every year and more in December and January. "
        "Those who left before the window are absent, as in a system that was filled with its customers of that day: "
        "who joined earlier is seen only because of staying (left truncation). Orders, surveys and contacts begin with "
        "the window. Attributes are drawn independently of each other and of satisfaction, with the shares given."
    )
    history_months: int = 45
    yearly_growth: float = 0.08
    winter_factor: float = 1.35
    region: dict[str, float] = field(default_factory=lambda: dict(REGIONS))
    joined_channel: dict[str, float] = field(default_factory=lambda: dict(JOINED_CHANNELS))
    age_band: dict[str, float] = field(default_factory=lambda: dict(AGE_BANDS))
    plan: dict[str, float] = field(default_factory=lambda: dict(PLANS))
    french_share: float = 0.72


@dataclass(frozen=True)
class Satisfaction:
    """The latent variable behind answers, leaving, buying and spending."""

    means: str = (
        "Latent satisfaction of customer i in month t: level_i + drift_it + shock_it. level_i is normal with sd "
        "level_sd, of which the share image_path is carried by the image the customer has of the company; drift_it is "
        "a first-order autoregression with correlation drift_correlation and sd drift_sd; shock_it = "
        "shock_memory × shock_i(t-1) + late_effect when the month's delivery is late. A delivery is late with "
        "probability late_probability (december_late_probability in December); in the last month of the window, "
        "deliveries in event_region are late with event_late_probability instead: the planted event."
    )
    level_sd: float = 0.8
    image_path: float = 0.5
    drift_sd: float = 0.4
    drift_correlation: float = 0.85
    shock_memory: float = 0.6
    late_effect: float = -0.8
    late_probability: float = 0.03
    december_late_probability: float = 0.08
    event_region: str = "Sud-Est"
    event_late_probability: float = 0.45

    @property
    def sd(self) -> float:
        """Standard deviation between customers, shocks apart."""
        return (self.level_sd**2 + self.drift_sd**2) ** 0.5


@dataclass(frozen=True)
class Leaving:
    """The hazard of ending a subscription."""

    means: str = (
        "Voluntary leaving: proportional hazards, hazard a month = baseline(months since the start) × "
        "exp(plan + region + joined_channel + satisfaction × latent satisfaction of the month [+ win_back in a second "
        "contract]); log hazard ratios against Monthly, Île-de-France, Search; age_band has none. Baseline steps: "
        "from the month given on, the rate given. Involuntary leaving (failed payments): a constant hazard a month by "
        "plan, independent of satisfaction. A voluntary leaver comes back with probability win_back_share after "
        "win_back_months (uniform) with a new contract, once."
    )
    baseline: dict[int, float] = field(default_factory=lambda: {0: 0.036, 3: 0.026, 12: 0.020, 24: 0.016})
    plan: dict[str, float] = field(default_factory=lambda: {"Monthly": 0.0, "Annual": -0.6, "Premium": -0.25})
    region: dict[str, float] = field(
        default_factory=lambda: {
            "Île-de-France": 0.0,
            "Nord": -0.15,
            "Est": -0.1,
            "Sud-Est": 0.1,
            "Sud-Ouest": -0.05,
            "Ouest": -0.2,
        }
    )
    joined_channel: dict[str, float] = field(
        default_factory=lambda: {"Search": 0.0, "Social": 0.3, "Referral": -0.35, "Store": -0.1, "Partner": 0.2}
    )
    satisfaction: float = -0.6
    involuntary: dict[str, float] = field(
        default_factory=lambda: {"Monthly": 0.0035, "Annual": 0.0015, "Premium": 0.0025}
    )
    win_back: float = 0.25
    win_back_share: float = 0.08
    win_back_months: tuple[float, float] = (2.0, 9.0)


@dataclass(frozen=True)
class Fees:
    """What a subscription costs and leaves."""

    means: str = (
        "Fee of a month by plan, raised by `rise` for contracts that start from the middle of the window on; margin as "
        "a share of the fee: the plan's rate plus normal noise of sd margin_sd, rounded to two digits."
    )
    monthly_fee: dict[str, float] = field(default_factory=lambda: {"Monthly": 18.9, "Annual": 15.9, "Premium": 32.9})
    rise: float = 1.0
    margin_rate: dict[str, float] = field(default_factory=lambda: {"Monthly": 0.36, "Annual": 0.33, "Premium": 0.42})
    margin_sd: float = 0.02


@dataclass(frozen=True)
class Buying:
    """Shop orders beside the subscription."""

    means: str = (
        "Orders in a month: Poisson with rate r_i × exp(satisfaction × latent satisfaction of the month) × share of "
        "the month subscribed × whether still a shop buyer. r_i is gamma with shape rate_shape and mean rate_mean a "
        "month; interest in the shop ends for good after an exponential time whose rate is gamma with shape "
        "dropout_shape and mean dropout_mean a month, counted from the later of joining and the window's start. "
        "Amount: exp(normal) with log median log_amount + category + customer effect (sd customer_sd) + "
        "spend_satisfaction × satisfaction, noise sd order_sd. A share return_share of orders is sent back in full "
        "3 to 14 days later: a row with the negative amount."
    )
    rate_mean: float = 0.62
    rate_shape: float = 1.1
    satisfaction: float = 0.25
    dropout_mean: float = 0.012
    dropout_shape: float = 1.5
    log_amount: float = 3.25
    customer_sd: float = 0.3
    order_sd: float = 0.45
    spend_satisfaction: float = 0.12
    category: dict[str, float] = field(
        default_factory=lambda: {"Coffee": 0.0, "Tea": -0.1, "Equipment": 0.75, "Gift": 0.3}
    )
    category_share: dict[str, float] = field(
        default_factory=lambda: {"Coffee": 0.48, "Tea": 0.3, "Equipment": 0.08, "Gift": 0.14}
    )
    channel_share: dict[str, float] = field(default_factory=lambda: {"Web": 0.55, "App": 0.3, "Store": 0.15})
    margin_rate: float = 0.38
    margin_sd: float = 0.05
    return_share: float = 0.015


@dataclass(frozen=True)
class Habits:
    """Types of customers that can be told by what, where and when they buy."""

    means: str = (
        "Every customer is of one type, drawn with the share given, independent of everything else. An order of coffee "
        "or tea is of the type's category, a web or app order of the type's channel, and any order within the type's "
        "hours of the day, each with probability faithful_share; otherwise of the other category or channel, or at any "
        "hour. The shares are such that categories and channels keep the shares they have in buying. An order keeps "
        "the amount it was drawn with under buying, so that coffee and tea differ less in amount than category says. "
        "customer_types.parquet says who is of which type. Who has ordered little cannot be told."
    )
    share: dict[str, float] = field(
        default_factory=lambda: {
            "Morning coffee": 0.200,
            "Office coffee": 0.434,
            "Evening tea": 0.237,
            "Late tea": 0.129,
        }
    )
    category: dict[str, str] = field(
        default_factory=lambda: {
            "Morning coffee": "Coffee",
            "Office coffee": "Coffee",
            "Evening tea": "Tea",
            "Late tea": "Tea",
        }
    )
    channel: dict[str, str] = field(
        default_factory=lambda: {
            "Morning coffee": "App",
            "Office coffee": "Web",
            "Evening tea": "Web",
            "Late tea": "App",
        }
    )
    hours: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {
            "Morning coffee": (6.0, 11.0),
            "Office coffee": (12.0, 17.0),
            "Evening tea": (18.0, 22.0),
            "Late tea": (22.0, 24.0),
        }
    )
    faithful_share: float = 0.93


@dataclass(frozen=True)
class Parameters:
    """All of them."""

    joining: Joining = field(default_factory=Joining)
    satisfaction: Satisfaction = field(default_factory=Satisfaction)
    leaving: Leaving = field(default_factory=Leaving)
    fees: Fees = field(default_factory=Fees)
    buying: Buying = field(default_factory=Buying)
    habits: Habits = field(default_factory=Habits)
    surveys: Surveys = field(default_factory=Surveys)
    scores: Scores = field(default_factory=Scores)
    theories: Theories = field(default_factory=Theories)
    comments: Comments = field(default_factory=Comments)
    journeys: Journeys = field(default_factory=Journeys)
    consent: Consent = field(default_factory=Consent)
    follow_ups: FollowUps = field(default_factory=FollowUps)

    def record(self) -> dict[str, Any]:
        """The parameters as ``truth.json`` holds them: keys are text, tuples are lists."""
        return json.loads(json.dumps(asdict(self)))


PARAMETERS = Parameters()
"""Maison Aurore."""
