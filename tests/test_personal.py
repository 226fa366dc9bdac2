"""What looks like a person or a secret is found; what a report is full of is not."""

import random

import pytest

from cxmodels.personal import find, mask

PLANTED = {
    "e-mail": ["jeanne.martin@example.org", "a+b@sous.domaine.fr"],
    "phone number": ["06 12 34 56 78", "06.12.34.56.78", "06/12/34/56/78", "0612345678", "+33 6 12 34 56 78",
                     "+33 (0)6 12 34 56 78",
                     "0033612345678", "+44 20 7946 0958", "+1-202-555-0143",
                     "+33\u00a06\u00a012\u00a034\u00a056\u00a078"],
    # The example IBANs of the ISO 13616 registry.
    "IBAN": ["FR14 2004 1010 0505 0001 3M02 606", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"],
    # Test numbers the card networks publish.
    "payment card": ["4111 1111 1111 1111", "5555555555554444", "3782 822463 10005", "4111-1111-1111-1111"],
    # The example of the French administration's own explanation of the key.
    "social security number": ["2 55 08 14 168 025 38", "255081416802538"],
    "AWS key": ["AKIAIOSFODNN7EXAMPLE"],
    "GitHub token": ["ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"],
    "Slack token": ["xoxb-" + "123456789012-abcdefGHIJKL"],
    "JSON web token": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"],
    "private key": ["-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"],
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in PLANTED.items() for text in texts])
def test_each_personal_datum_and_secret_is_found_and_blotted_out(rule, text):
    sentence = f"Call {text}, please."
    assert [hit.rule for hit in find(sentence, {})] == [rule]
    assert mask(sentence, {}) == f"Call [{rule}], please."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('password = "hunter2!"', 'password = "[secret in an assignment]"'),
        ("db_password: str = 'hunter2!'", "db_password: str = '[secret in an assignment]'"),
        ('API_KEY="q8Zk3vN1xR7tB5yL0wPd"', 'API_KEY="[secret in an assignment]"'),
        ("postgres://me:s3same@host/base", "postgres://me:[password in an address]@host/base"),
        ("Authorization: Bearer abc123def456ghi789", "Authorization: Bearer [bearer token]"),
    ],
)
def test_a_secret_that_is_assigned_is_blotted_out_and_its_name_stays(text, masked):
    assert mask(text, {}) == masked


@pytest.mark.parametrize("name", ["CXMODELS_SECRET", "WAREHOUSE_PASSWORD", "MY_API_KEY", "GH_TOKEN", "DB_PASS"])
def test_the_value_of_a_secret_environment_variable_is_found_whatever_it_looks_like(name):
    assert (
        mask("It was bluebird, yes.", {name: "bluebird"}) == f"It was [value of the environment variable {name}], yes."
    )


def test_folders_and_short_values_of_the_environment_are_no_secrets():
    environ = {"PWD": "/home/jo/study", "OLDPWD": "/home/jo", "KEYBOARD": "azerty-long", "DB_PASS": "x"}
    assert find("/home/jo/study azerty-long x", environ) == []


@pytest.mark.parametrize(
    "text",
    [
        "data 3f9c20a1b7de, code a41be02, clean",
        "01 02 03 04 05 06 07 08 09 10 11 12",
        "2026-09-30 and 2026-10-01T00:00:00",
        "+12\u202f345\u202f678 customers, +1.234567890123",
        "0.4111111111111111 and 4111111111111111.5",
        "d2f6a6e1a1a35f2b5a4e4d2f6a6e1a1a35f2b5a4e4d2f6a6e1a1a35f2b5a4e4b",
        "FR14 2004 1010 0505 0001 3M02 607",
        "4111 1111 1111 1112",
        "255081416802539",
        'password = os.environ["WAREHOUSE_PASSWORD"]',
        "tokens = tokenize(comments)",
        "secret: str = None",
        "sk-estimator-doc-link-is-fitted-and-long",
        "Confidence 16.9 – 18.7, hazard ratio 1.6 (1.3 – 2.0), 5\u202f012 customers, € 4.31 M",
    ],
)
def test_what_a_report_is_full_of_raises_no_alarm(text):
    assert find(text, {}) == []


def test_figures_of_any_size_are_not_taken_for_personal_data() -> None:
    rng = random.Random(3)
    for _ in range(5_000):
        number = rng.choice([1, -1]) * rng.random() * 10 ** rng.uniform(-8, 12)
        for figure in (number, float(f"{number:.10g}"), round(number, 4), round(number)):
            for said in (f'{{"low": {figure!r}, "n": 12}}', f"{figure:,.2f}".replace(",", "\u202f")):
                assert not find(said, {}), said
