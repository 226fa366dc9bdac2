"""The company's exchanges with its customers as they are meant to be: surveys, comments, journeys, consent."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Surveys:
    """Who is asked, and who answers."""

    means: str = (
        "Asked: every customer on the anniversary of joining (annual); a panel_share of customers every quarter "
        "(barometer); delivery_share of deliveries; contact_share of contacts with the service. Nobody is asked in two "
        "months running, nor twice in a month (quarantine), nor after refusing contact. A share bounce_share of "
        "invitations bounces. The others are answered with probability logistic(survey + age_band + satisfaction × s + "
        "satisfaction_squared × s²), s the satisfaction felt at that moment: answering is not at random, so the "
        "scores of those who answer differ from everybody's."
    )
    panel_share: float = 0.9
    delivery_share: float = 0.12
    contact_share: float = 0.6
    bounce_share: float = 0.03
    survey: dict[str, float] = field(
        default_factory=lambda: {
            "annual": -1.45,
            "barometer": -1.4,
            "after_delivery": -1.0,
            "after_contact": -0.65,
        }
    )
    age_band: dict[str, float] = field(default_factory=lambda: {"18–29": -0.4, "30–44": 0.0, "45–59": 0.25, "60+": 0.5})
    satisfaction: float = 0.25
    satisfaction_squared: float = 0.06
    days_to_answer: float = 1.8


@dataclass(frozen=True)
class Scores:
    """From what is felt to what is ticked."""

    means: str = (
        "What is felt in a transactional survey is the satisfaction of the month plus contact_effect after a contact "
        "and late_effect after a late delivery. A score is the number of cut points below felt + normal noise of sd "
        "noise_sd, counted from the scale's lowest score; a question is skipped with probability skip_share. Annual "
        "constructs are standard normal when satisfaction is: image, satisfaction, trust, commitment and loyalty with "
        "the paths given and residuals that make their variance 1; an indicator is loading × construct + noise "
        "(variance 1 in all), its score indicator_mean + indicator_sd × indicator, rounded and kept within 1 to 10."
    )
    noise_sd: float = 0.6
    contact_effect: float = -0.3
    late_effect: float = -0.7
    skip_share: float = 0.03
    cuts: dict[str, tuple[float, ...]] = field(
        default_factory=lambda: {
            "nps": (-2.1, -1.9, -1.7, -1.5, -1.28, -0.88, -0.63, -0.28, 0.22, 0.78),
            "csat": (-1.7, -1.0, -0.35, 0.6),
            "ces": (-2.0, -1.5, -1.05, -0.6, -0.1, 0.75),
            "cxi_needs": (-1.9, -1.2, -0.5, 0.5),
            "cxi_ease": (-1.8, -1.05, -0.4, 0.55),
            "cxi_enjoy": (-1.6, -0.85, -0.1, 0.8),
        }
    )
    paths: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            "trust": {"satisfaction": 0.55, "image": 0.2},
            "commitment": {"trust": 0.5, "satisfaction": 0.2},
            "loyalty": {"commitment": 0.4, "satisfaction": 0.4},
        }
    )
    loadings: tuple[float, ...] = (0.88, 0.84, 0.78)
    indicator_mean: float = 7.3
    indicator_sd: float = 1.6


@dataclass(frozen=True)
class Theories:
    """What the theories of loyalty say of the constructs that the annual survey asks besides."""

    means: str = (
        "Further constructs of the annual survey, standard normal like the others, drawn given those with the "
        "standardised paths below. Their indicators are made like the others, with the first of scores.loadings, so "
        "many as there are items; indicator_mean where it is another one. Facets and trust: their paths add up to "
        "those that trust has from satisfaction and image in scores.paths. Behaviour is the sum of its paths, "
        "satisfaction_by_coercive × satisfaction × coercive barriers (where leaving is hard, being satisfied matters "
        "less) and noise that makes its variance 1. Recorded in full under constructs."
    )
    before_satisfaction: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            "expectation": {"image": 0.5},
            "quality": {"expectation": 0.6},
            "value": {"expectation": 0.1, "quality": 0.5},
            "confirmation": {"expectation": -0.3, "quality": 0.6},
            "transaction": {"confirmation": 0.45, "quality": 0.2},
        }
    )
    satisfaction: dict[str, float] = field(default_factory=lambda: {"quality": 0.25, "value": 0.2, "transaction": 0.3})
    facets: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            "credibility": {"satisfaction": 0.6, "image": 0.2},
            "benevolence": {"satisfaction": 0.58, "image": 0.24},
            "integrity": {"satisfaction": 0.55, "image": 0.2},
        }
    )
    trust: dict[str, float] = field(default_factory=lambda: {"credibility": 0.4, "benevolence": 0.25, "integrity": 0.3})
    after_satisfaction: dict[str, dict[str, float]] = field(
        default_factory=lambda: {
            "constructive": {"trust": 0.4, "satisfaction": 0.2},
            "calculative": {"coercive": 0.5, "constructive": 0.25},
            "complaints": {"satisfaction": 0.55},
        }
    )
    behaviour: dict[str, float] = field(
        default_factory=lambda: {"loyalty": 0.4, "satisfaction": 0.15, "constructive": 0.15, "coercive": 0.25}
    )
    satisfaction_by_coercive: float = -0.2
    indicator_mean: dict[str, float] = field(
        default_factory=lambda: {"calculative": 5.4, "coercive": 4.9, "behaviour": 6.4, "complaints": 6.8}
    )


@dataclass(frozen=True)
class Comments:
    """What is written beside a score."""

    means: str = (
        "A share written_share of answered surveys has a comment, in the customer's language. Its tone is positive "
        "above tone_cuts[1] of what is felt plus noise, negative below tone_cuts[0], mixed between; its theme is the "
        "delivery after a late one and the service after a contact with probability experience_share, otherwise drawn "
        "with the shares of its tone."
    )
    written_share: float = 0.42
    tone_cuts: tuple[float, float] = (-0.45, 0.3)
    experience_share: float = 0.8


@dataclass(frozen=True)
class Journeys:
    """Contacts on the way to an order, contacts with the service, and what they cost."""

    means: str = (
        "Web and app orders follow a path of one to three advertising or direct contacts. A path is drawn with its "
        "length and channels at random (shares), and ends in an order with probability logistic(intercept + sum of "
        "effect over its contacts); the number of paths is such that orders stay as in buying. Paths are kept for "
        "tracker_months only. A touch shows the customer with probability signed_in_share and the device always; "
        "identities link devices to customers, a share unlinked_share is linked to nobody, a share shared_share also "
        "to a second customer. Contacts with the service: probability contact_probability a month, plus "
        "late_contact_probability after a late delivery. Costs are planned a year ahead and do not follow the orders."
    )
    tracker_months: int = 13
    length_share: tuple[float, ...] = (0.45, 0.33, 0.22)
    share: dict[str, float] = field(
        default_factory=lambda: {
            "Search": 0.27,
            "Social": 0.2,
            "Email": 0.2,
            "Display": 0.12,
            "Affiliate": 0.06,
            "Direct": 0.15,
        }
    )
    intercept: float = -0.5
    effect: dict[str, float] = field(
        default_factory=lambda: {
            "Search": 0.35,
            "Social": 0.05,
            "Email": 0.45,
            "Display": -0.2,
            "Affiliate": 0.1,
            "Direct": 0.7,
        }
    )
    signed_in_share: float = 0.6
    unlinked_share: float = 0.06
    shared_share: float = 0.03
    contact_probability: float = 0.025
    late_contact_probability: float = 0.22
    monthly_cost: dict[str, float] = field(
        default_factory=lambda: {"Search": 0.42, "Social": 0.35, "Email": 0.06, "Display": 0.22, "Affiliate": 0.12}
    )


@dataclass(frozen=True)
class Consent:
    """What customers agree to."""

    means: str = (
        "Decisions on the purposes analytics and contact, recorded on the day of joining with probability "
        "recorded_share and granted with the share given; a share change_share decides otherwise at a random later "
        "day. Independent of satisfaction. Who has refused contact is not asked from the following month on."
    )
    recorded_share: float = 0.96
    granted: dict[str, float] = field(default_factory=lambda: {"analytics": 0.93, "contact": 0.88})
    change_share: float = 0.04


@dataclass(frozen=True)
class FollowUps:
    """Closing the loop with detractors."""

    means: str = (
        "A share opened_share of answers with 0 to 6 on the recommendation question is followed up within two days; "
        "contacted_share of those are reached, resolved_share of the reached are resolved. Following up changes "
        "nothing in satisfaction: a difference between followed and other detractors is selection."
    )
    opened_share: float = 0.7
    contacted_share: float = 0.78
    resolved_share: float = 0.66
