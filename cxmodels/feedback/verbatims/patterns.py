"""What plates, addresses, postcodes and numbers of customers look like, in France and Britain."""

from __future__ import annotations

import re

_CAPITAL = "A-ZÀ-ÖØ-Þ"
_GAP = r"[ \u00a0\u202f.\-]?"

_SPELT_MAIL = (
    r"(?<![\w.+-])[\w.+-]+ ?(?:\((?:at|arobase)\)|\[at\]| at | arobase ) ?[\w-]+"
    r" ?(?:\((?:dot|point)\)|\[dot\]| dot | point ) ?[a-z]{2,3}\b"
)
# National numbers of Britain have ten or eleven digits with their zero (Ofcom); North American ones ten.
_BRITISH_PHONE = rf"(?<![\w.,/+])\(?0[1-9]\)?(?:{_GAP}\(?\d\)?){{8,9}}(?![\w/]|[.,]\d|[ \-]\d)"
_AMERICAN_PHONE = r"(?<![\w.,/])(?:\(\d{3}\) ?|\d{3}[.\-])\d{3}[.\-]\d{4}(?![\w/]|[.,]\d)"
_HANDLE = r"(?<![\w@])@[A-Za-z_]\w{2,}"

# France since 2009: no I, O, U, nor SS. Britain since 2001: age identifiers 02 to 29 and 51 to 79.
# With spaces between, the end may be a size or a unit: 500 XL.
_FRENCH_PLATE = (
    r"(?<![\w-])(?!SS)[A-HJ-NP-TV-Z]{2}(?P<gap>[ -]?)\d{3}(?P=gap)(?!SS|(?<= )(?:X[LS]|KG|M[BGL]|C[LM]|[GT]B)\b)"
    r"[A-HJ-NP-TV-Z]{2}(?![\w-])"
)
_SMALL_PLATE = r"(?<![\w-])[a-hj-np-tv-z]{2}-\d{3}-[a-hj-np-tv-z]{2}(?![\w-])"
_BRITISH_PLATE = (
    r"(?<![\w-])[A-HJ-PR-Y]{2}(?:0[2-9]|[12]\d|5[1-9]|[67]\d) ?(?!THE|AND|FOR|BUT|NOT|HRS)[A-HJ-PR-Z]{3}(?![\w-])"
)
_PLATE_SO_CALLED = (
    r"(?:immatricul\w*|plaque|(?:number )?plate|registration)(?: (?:is|est|no|n°|number|num[ée]ro))? ?:? ?"
    r"(?P<datum>(?=[A-Z -]*\d)(?=[\d -]*[A-Z])[A-Z\d]{1,4}[ -]?[A-Z\d]{2,3}(?:[ -]?[A-Z\d]{2,3})?)(?![\w-])"
)

_FRENCH_ADDRESS = (
    r"(?<![\w.,/])\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av\.?|boulevard|bd\.?|chemin|impasse|all[ée]e|place|"
    r"quai|route|cours|square|passage|faubourg|sentier) "
    r"(?:(?:de la|de l['’]|du|des|de|d['’]|la|le|les|aux?) ?)*"
    rf"(?-i:[{_CAPITAL}])[\w'’-]+(?: (?:(?:de|du|des|d['’]) ?)?(?-i:[{_CAPITAL}])[\w'’-]+){{0,3}}"
)
_BRITISH_ADDRESS = (
    rf"(?<![\w.,/£$€])\d{{1,4}}[A-Da-d]?,? (?:[{_CAPITAL}][\w'’]+ ){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|"
    r"Drive|Close|Court|Crescent|Way|Gardens|Terrace|Place|Square|Hill|Grove|Mews|Row)\b"
)
_SMALL_ADDRESS = (
    r"(?<![\w.,/£$€])\d{1,4}[a-d]?,? (?:(?!(?:a|by|down|from|in|my|of|off|on|our|the|this|to|up|your) )"
    r"[a-z'’]{3,} ){1,2}(?:street|road|lane|avenue|crescent)\b"
)
# Areas of British postcodes (Royal Mail).
_AREAS = (
    "AB AL BA BB BD BH BL BN BR BS BT B CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY EC EH EN EX E FK "
    "FY GL GU GY G HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY LA LD LE LL LN LS LU L ME MK ML M NE NG NN NP "
    "NR NW N OL OX PA PE PH PL PO PR RG RH RM SA SE SG SK SL SM SN SO SP SR SS ST SW SY S TA TD TF TN TQ TR TS TW "
    "UB WA WC WD WF WN WR WS WV W YO ZE"
)
_BRITISH_POSTCODE = rf"(?<!\w)(?:{'|'.join(_AREAS.split())})\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{{2}}(?!\w)"
# In any writing with a space between; "1st", "2hr" and "3gb" end none.
_SMALL_POSTCODE = (
    rf"(?<!\w)(?:{'|'.join(_AREAS.split())})\d[A-Z\d]? \d(?!ST|ND|RD|TH|HR|PT|GB|TB)[ABD-HJLNP-UW-Z]{{2}}(?!\w)"
)
# Five digits before a town; not the number of an order, nor an amount.
_FRENCH_POSTCODE = (
    r"(?<![\w.,/°#-])(?<!n° )(?<!no )(?<!ref )(?<!commande )(?<!facture )(?<!order )(?:0[1-9]|[1-8]\d|9[0-8])\d{3} "
    rf"(?!Euros?\b|EUR\b|Points?\b|Miles\b)[{_CAPITAL}][a-zà-ÿ]+(?:-[\w]+)*"
)
_POSTCODE_SO_CALLED = (
    r"(?:code postal|post ?code|zip code|(?<!\w)CP)(?: (?:is|est))? ?:? ?"
    r"(?P<datum>[A-Z]{0,2}\d[A-Z\d]{0,4}(?: ?\d[A-Z]{2})?)(?!\w)"
)
_NUMBER_SO_CALLED = (
    r"(?:account|customer|client|compte|contrat|contract|dossier|abonn[ée]e?|adh[ée]rente?|membership|case)"
    r"(?: (?:id|no\.?|n°|nr|number|num[ée]ro|ref\.?|reference|r[ée]f[ée]rence))*(?: (?:is|est))? ?[:#°]? ?"
    r"(?P<datum>[A-Z]{0,3}-?\d[\d-]{4,}\d)(?![\w€£$]|[.,]\d| ?(?:€|£|euros?|pounds?))"
)

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mail", re.compile(_SPELT_MAIL, re.IGNORECASE)),
    ("phone", re.compile(_BRITISH_PHONE)),
    ("phone", re.compile(_AMERICAN_PHONE)),
    ("handle", re.compile(_HANDLE)),
    ("plate", re.compile(_FRENCH_PLATE)),
    ("plate", re.compile(_SMALL_PLATE)),
    ("plate", re.compile(_BRITISH_PLATE)),
    ("plate", re.compile(_PLATE_SO_CALLED, re.IGNORECASE)),
    ("address", re.compile(_FRENCH_ADDRESS, re.IGNORECASE)),
    ("address", re.compile(_BRITISH_ADDRESS)),
    ("address", re.compile(_SMALL_ADDRESS)),
    ("postcode", re.compile(_BRITISH_POSTCODE)),
    ("postcode", re.compile(_SMALL_POSTCODE, re.IGNORECASE)),
    ("postcode", re.compile(_POSTCODE_SO_CALLED, re.IGNORECASE)),
    ("postcode", re.compile(_FRENCH_POSTCODE)),
    ("number", re.compile(_NUMBER_SO_CALLED, re.IGNORECASE)),
)
"""Kind and pattern, in the order they are looked for; what is masked is the group ``datum`` where there is one."""
