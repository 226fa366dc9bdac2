"""The contract: the tables a study may have, their columns, types, units and what is checked of them.

Everything here is plain data. `quality` checks rows against it, `snapshot` reads from it when a value became known.
"""

from __future__ import annotations

from cxmodels.study.terms import Column, ColumnType, Pair, Reference, TableContract

__all__ = ["TABLES", "Column", "ColumnType", "Pair", "Reference", "TableContract"]

_CUSTOMER = Column("customer_id", "string", "the customer", required=True, personal=True)
_MAYBE_CUSTOMER = Column("customer_id", "string", "the customer, where known", personal=True)
_OF_CUSTOMER = Reference("customer_id", "customers", "customer_id")


def _key(name: str, meaning: str) -> Column:
    # Keys of a source often hold an account number or an address, so they are treated as personal.
    return Column(name, "string", meaning, required=True, personal=True)


def _text(name: str, meaning: str, required: bool = False, **more: object) -> Column:
    return Column(name, "string", meaning, required=required, **more)  # type: ignore[arg-type]


_ALL = (
    TableContract(
        "customers",
        "a customer",
        (
            _CUSTOMER,
            Column("joined_on", "date", "first day as a customer", required=True),
            Column("left_on", "date", "last day as a customer, null while one", known_with="left_on"),
        ),
        key=("customer_id",),
        recorded="joined_on",
        pairs=(Pair("joined_on", "left_on"),),
        attributes=True,
    ),
    TableContract(
        "contracts",
        "a subscription",
        (
            _key("contract_id", "the subscription"),
            _CUSTOMER,
            Column("started_on", "date", "first day of the subscription", required=True),
            Column("ended_on", "date", "last day, null while it runs", known_with="ended_on"),
            _text("end_reason", "why it ended, for example voluntary or involuntary", known_with="ended_on"),
            _text("plan", "what is subscribed to"),
            Column("monthly_fee", "float64", "price of a month", unit="currency", minimum=0),
            Column("margin_rate", "float64", "margin as a share of the fee", unit="share", minimum=0, maximum=1),
        ),
        key=("contract_id",),
        recorded="started_on",
        references=(_OF_CUSTOMER,),
        pairs=(Pair("started_on", "ended_on"),),
    ),
    TableContract(
        "orders",
        "a purchase",
        (
            _key("order_id", "the purchase"),
            _CUSTOMER,
            Column("ordered_at", "timestamp", "when it was ordered", required=True),
            Column("amount", "float64", "what was paid; negative for a return", unit="currency", required=True),
            Column("margin", "float64", "margin of it", unit="currency"),
            _text("channel", "where it was bought"),
            _text("category", "what was bought"),
        ),
        key=("order_id",),
        recorded="ordered_at",
        references=(_OF_CUSTOMER,),
    ),
    TableContract(
        "responses",
        "an answered survey",
        (
            _key("response_id", "the answered survey"),
            Column("answered_at", "timestamp", "when it was answered", required=True),
            _text("survey", "the survey", required=True),
            _text(
                "kind",
                "about the relation as a whole, or about one contact",
                required=True,
                allowed=("relational", "transactional"),
            ),
            _MAYBE_CUSTOMER,
            _text("touchpoint", "the moment it asks about"),
            _text("channel", "where it was asked"),
            _text("service", "the service it asks about"),
            _text("comment", "what was written", personal=True),
        ),
        key=("response_id",),
        recorded="answered_at",
        references=(_OF_CUSTOMER,),
    ),
    TableContract(
        "answers",
        "a score in an answered survey",
        (
            _key("response_id", "the answered survey"),
            _text("item", "the question", required=True),
            Column("score", "float64", "the score on the item's scale", unit="scale points", required=True),
        ),
        key=("response_id", "item"),
        references=(
            Reference("response_id", "responses", "response_id"),
            Reference("item", "items", "item"),
        ),
    ),
    TableContract(
        "items",
        "a question",
        (
            _text("item", "the question's name", required=True),
            Column("scale_min", "float64", "lowest score", unit="scale points", required=True),
            Column("scale_max", "float64", "highest score", unit="scale points", required=True),
            _text("wording", "the question as asked", required=True),
            _text(
                "metric",
                "the measure it belongs to",
                allowed=("nps", "csat", "ces", "cxi_needs", "cxi_ease", "cxi_enjoy"),
            ),
            _text("construct", "the latent variable it indicates"),
        ),
        key=("item",),
        pairs=(Pair("scale_min", "scale_max"),),
    ),
    TableContract(
        "invitations",
        "a survey sent",
        (
            _CUSTOMER,
            _text("survey", "the survey", required=True),
            Column("sent_at", "timestamp", "when it was sent", required=True),
            _text("status", "what became of it"),
        ),
        key=("customer_id", "survey", "sent_at"),
        recorded="sent_at",
        references=(_OF_CUSTOMER,),
    ),
    TableContract(
        "interactions",
        "a contact",
        (
            _key("interaction_id", "the contact"),
            Column("occurred_at", "timestamp", "when it happened", required=True),
            _text("channel", "where it happened", required=True),
            _text("touchpoint", "the moment of the journey", required=True),
            _MAYBE_CUSTOMER,
            Column("device_id", "string", "the device, where known", personal=True),
            _text("stage", "stage of the journey"),
            _text("outcome", "what it led to"),
            Column("value", "float64", "what it brought", unit="currency"),
        ),
        key=("interaction_id",),
        recorded="occurred_at",
        references=(_OF_CUSTOMER,),
    ),
    TableContract(
        "costs",
        "a channel's month",
        (
            _text("channel", "the channel", required=True),
            Column("month", "date", "first day of the month", required=True),
            Column("cost", "float64", "what was spent", unit="currency", required=True, minimum=0),
        ),
        key=("channel", "month"),
        recorded="month",
    ),
    TableContract(
        "identities",
        "a link of a device to a customer",
        (
            Column("device_id", "string", "the device", required=True, personal=True),
            _CUSTOMER,
            Column("first_seen", "timestamp", "when the link was first seen", required=True),
            Column("last_seen", "timestamp", "when it was last seen", known_with="last_seen"),
            _text("link", "how it was made, for example login or probabilistic"),
        ),
        key=("device_id", "customer_id"),
        recorded="first_seen",
        references=(_OF_CUSTOMER,),
        pairs=(Pair("first_seen", "last_seen"),),
    ),
    TableContract(
        "consents",
        "a decision on the use of one's data",
        (
            _CUSTOMER,
            _text("purpose", "what the data may be used for", required=True),
            Column("granted", "boolean", "whether that was agreed to", required=True),
            Column("recorded_at", "timestamp", "when the decision was recorded", required=True),
        ),
        key=("customer_id", "purpose", "recorded_at"),
        recorded="recorded_at",
        references=(_OF_CUSTOMER,),
    ),
    TableContract(
        "actions",
        "a follow-up",
        (
            _key("action_id", "the follow-up"),
            _CUSTOMER,
            Column("opened_at", "timestamp", "when it was opened", required=True),
            Column("contacted_at", "timestamp", "when the customer was reached", known_with="contacted_at"),
            Column("closed_at", "timestamp", "when it was closed", known_with="closed_at"),
            _text("team", "who follows up"),
            _text("outcome", "what came of it", known_with="closed_at"),
        ),
        key=("action_id",),
        recorded="opened_at",
        references=(_OF_CUSTOMER,),
        pairs=(Pair("opened_at", "contacted_at"), Pair("opened_at", "closed_at")),
    ),
)

TABLES: dict[str, TableContract] = {table.name: table for table in _ALL}
"""Every table of the contract by name."""
