"""Models of the literature as texts, and what lavaan 0.6-14 counts in them."""

from __future__ import annotations

HOLZINGER_SWINEFORD = """
visual  =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed   =~ x7 + x8 + x9
"""

DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ a1*ind60
dem65 ~ c1*ind60 + b1*dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
ind := a1*b1
tot := c1 + a1*b1
"""

DEMOCRACY_EQUAL = DEMOCRACY.replace("y2 + y3 + y4", "a*y2 + b*y3 + c*y4").replace("y6 + y7 + y8", "a*y6 + b*y7 + c*y8")

MEDIATION = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ a*Image
Loyalty ~ b*Satisfaction + c*Image
ind := a*b
tot := c + a*b
"""

COMPACT = """
Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL3
Value ~ iv*Image
Satisfaction ~ is*Image + vs*Value
Loyalty ~ il*Image + sl*Satisfaction
tot := il + is*sl + iv*vs*sl
"""

ECSI = """
Image =~ IMAG1:IMAG5
Expectation =~ CUEX1:CUEX3
Quality =~ PERQ1:PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1:CUSA3
Complaints =~ CUSCO
Loyalty =~ CUSL1:CUSL3
Expectation ~ ie*Image
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ is*Image + Expectation + Quality + Value
Complaints ~ Satisfaction
Loyalty ~ il*Image + sl*Satisfaction + Complaints
"""

HIGHER_ORDER = """
G =~ A + B + C
A =~ a1 + a2 + a3
B =~ b1 + b2 + b3
C =~ c1
G ~ w
v ~ G
"""

COUNTED = [
    (HOLZINGER_SWINEFORD, 21, 24, 9),
    (DEMOCRACY, 31, 35, 11),
    (DEMOCRACY_EQUAL, 28, 38, 11),
    (MEDIATION, 25, 41, 11),
    (COMPACT, 27, 39, 11),
    (ECSI, 59, 241, 24),
    (HIGHER_ORDER, 20, 25, 9),
]
"""Text, free parameters, df, items: lavaan 0.6-14, sem(…, fixed.x = FALSE); the same by either scale."""
