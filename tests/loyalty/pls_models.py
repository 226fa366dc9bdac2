"""Models of customer satisfaction that the literature fits by partial least squares."""

from __future__ import annotations

from cxmodels.loyalty.syntax.path_model import PathModel

ECSI = PathModel(
    """
    Image        =~ IMAG1:IMAG5
    Expectation  =~ CUEX1:CUEX3
    Quality      =~ PERQ1:PERQ7
    Value        =~ PERV1 + PERV2
    Satisfaction =~ CUSA1:CUSA3
    Complaints   =~ CUSCO
    Loyalty      =~ CUSL1:CUSL3
    Expectation  ~ Image
    Quality      ~ Expectation
    Value        ~ Expectation + Quality
    Satisfaction ~ Image + Expectation + Quality + Value
    Complaints   ~ Satisfaction
    Loyalty      ~ Image + Satisfaction + Complaints
    """
)

BANK = PathModel(
    """
    IMAG =~ imag1:imag5
    EXPE =~ expe1:expe5
    QUAL =~ qual1:qual5
    VAL  =~ val1:val4
    SAT  =~ sat1:sat4
    LOY  =~ loy1:loy4
    EXPE ~ IMAG
    QUAL ~ EXPE
    VAL  ~ EXPE + QUAL
    SAT  ~ IMAG + EXPE + QUAL + VAL
    LOY  ~ IMAG + SAT
    """
)
