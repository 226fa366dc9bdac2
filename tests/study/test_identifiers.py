from __future__ import annotations

import pytest

from cxmodels.study.identifiers import is_direct_identifier

POINTS_TO_A_PERSON = """
email Email e-mail E_MAIL customer_email CustomerEmail email_address courriel adresse_mail
name nom Nom prénom Prénom first_name lastName surname full_name customer_name NomClient nom_du_client
nom_de_famille phone Téléphone mobile_phone phone_number tel numero_de_telephone mobile portable
address adresse billing_address adresse_de_livraison address_line_1 street rue iban IBAN card card_number
credit_card numero_carte birth_date date_of_birth date_naissance date_de_naissance dateOfBirth dob
ssn numero_securite_sociale passport_number ip_address account_holder_name contact_name login
"""
SOUNDS_LIKE_IT = """
phone_service plan_name product_name store_name campaign_name segment_name has_email opt_in_email emails_sent
email_opens region city ville age age_band birth_year team mobile_app card_type payment_method multiple_lines sex
joined_channel nombre_commandes tax address_type credit_score loyalty_card nb_telephones
"""


@pytest.mark.parametrize("column", POINTS_TO_A_PERSON.split())
def test_a_name_that_points_to_a_person_is_known(column: str) -> None:
    assert is_direct_identifier(column)


@pytest.mark.parametrize("column", SOUNDS_LIKE_IT.split())
def test_a_name_that_only_sounds_like_one_passes(column: str) -> None:
    assert not is_direct_identifier(column)
