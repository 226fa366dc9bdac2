"""Columns whose name says that they point to one person, in English and French."""

from __future__ import annotations

import re
import unicodedata

_WHO = "(customer|client|cliente|contact|user|member|account|holder|account_holder|person|abonne|complet|famille)"
_WHERE = "(home|work|billing|shipping|delivery|street|postal|mailing|invoice|livraison|facturation|domicile|ip)"
_NUMBER = "(no|nr|num|nb|number|numero)"

_NAMES = (
    # names
    "names?|noms?|prenoms?|surnames?|(first|last|full|family|middle|maiden|given|birth|user|nick)_?names?",
    f"{_WHO}_((full|first|last|family|sur)_?)?names?|(nom|prenom)s?_{_WHO}|nom_(naissance|usage|jeune_fille)",
    f"nom_(et_)?prenom|prenom_(et_)?nom|{_WHO}_(nom|prenom)",
    # mail and telephone
    r"(\w+_)?(e_?mails?|courriels?|mail|mel)(_?(address|adresse|pro|perso))?",
    rf"(mail|e_?mail|courriel)_{_WHO}|adresse_(e_?)?mail",
    f"({_WHERE}_|{_WHO}_|mobile_|cell_|fixed_)?(tele)?(phone|fax)s?(_?{_NUMBER})?",
    f"mobile(_?{_NUMBER})?|cell(_?{_NUMBER})?",
    rf"({_NUMBER}_)?(tel|telephone|portable)s?(_(fixe|mobile|portable|domicile|pro|perso|{_WHO[1:-1]}))?",
    # where somebody lives
    rf"({_WHERE}_|{_WHO}_)?(address|adresse|adr)(es)?(_?(line_?)?[0-9])?|adresse_({_WHERE}|{_WHO})|address_line",
    f"({_WHERE}_)?(street|rue)(_?(name|address|{_NUMBER[1:-1]}))?|house_?{_NUMBER}|latitude|longitude|geolocation|gps",
    # money and papers
    rf"(\w+_)?(iban|bic|rib|ssn|nir|passport|passeport)(_?{_NUMBER})?",
    f"((credit|debit|bank|payment)_?)?card(_?{_NUMBER}|_?holder)?|carte(_bancaire|_bleue|_credit)?|cb",
    rf"{_NUMBER}_(carte|compte|secu|securite_sociale)|bank_?account(_?{_NUMBER})?",
    f"(social_?security|national_?insurance|identity_?card|driving_?licen[cs]e|licen[cs]e_?plate)(_?{_NUMBER})?",
    f"(national|tax|fiscal)_?(id|{_NUMBER[1:-1]})",
    # birth, accounts elsewhere
    "birth_?(date|day|place)|birthday|dob|(date|day|place|jour|lieu)_(of_)?(birth|naissance)|naissance",
    "login|password|passwd|mot_de_passe|mdp|(twitter|facebook|linkedin|instagram|whatsapp)(_?(id|handle|name))?",
)
_PATTERN = re.compile("|".join(f"(?:{names})" for names in _NAMES))
# A yes or a count about an identifier is not the identifier.
_ABOUT = re.compile("(has|is|with|n|nb|count|number_of|avec|opt_?in|opt_?out|valid)_")


def is_direct_identifier(column: str) -> bool:
    """Whether a column called so would name a person: ``email``, ``Nom du client``, ``billing_address``, ``IBAN``.

    ``phone_service``, ``plan_name`` or ``has_email`` do not.
    """
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    plain = re.sub(r"_(du|de|d|la|le|l|des)(?=_)", "", plain)
    return _PATTERN.fullmatch(plain) is not None and _ABOUT.match(plain) is None
