"""Why customers stay: path models of satisfaction and loyalty, and whether to believe them."""

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.engine_moments import engine_moments, engine_moments_by
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import Moments, group_sizes, moments, moments_by
from cxmodels.loyalty.answers.patterns import patterns
from cxmodels.loyalty.answers.respondents import each_respondent
from cxmodels.loyalty.answers.response_rates import response_rates
from cxmodels.loyalty.bayes.bayes_fit import BayesFit
from cxmodels.loyalty.bayes.fit import fit_bayes, fit_segments
from cxmodels.loyalty.bayes.plausible import plausible_values
from cxmodels.loyalty.customers.classes import classes_of
from cxmodels.loyalty.customers.followed import later_departures, later_purchases
from cxmodels.loyalty.customers.from_study import loyalty_classes, loyalty_movement
from cxmodels.loyalty.customers.later_behaviour import buying, staying
from cxmodels.loyalty.customers.movement import movement_of
from cxmodels.loyalty.effects.drivers import drivers, drivers_of_answers, drivers_of_construct
from cxmodels.loyalty.effects.effects import Effects, path_effects
from cxmodels.loyalty.effects.importance import importance_performance
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.effects.moderation import moderation
from cxmodels.loyalty.effects.segments import compare_segments
from cxmodels.loyalty.errors import (
    InvalidAnswers,
    InvalidModel,
    InvalidValue,
    LoyaltyError,
    ModelSyntaxError,
    NotConverged,
    NotIdentified,
    TooFewRespondents,
)
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.fit_indices import FitIndices, fit_indices
from cxmodels.loyalty.ml.identification import Identification
from cxmodels.loyalty.ml.invariance import Invariance, invariance
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.ml.modification import Modifications, modification_indices
from cxmodels.loyalty.pls.bootstrap import Bootstrap
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.predict import PlsPrediction, predict_items
from cxmodels.loyalty.quality.collinearity import collinearity
from cxmodels.loyalty.quality.common_method import single_factor_share
from cxmodels.loyalty.quality.htmt import Htmt, htmt
from cxmodels.loyalty.quality.measured import measurement_model
from cxmodels.loyalty.quality.micom import Micom, micom
from cxmodels.loyalty.quality.reliability import Reliability, reliability
from cxmodels.loyalty.quality.validity import cross_loadings, fornell_larcker
from cxmodels.loyalty.syntax.parameter_table import ParameterTable, parameter_table
from cxmodels.loyalty.syntax.path_model import Construct, Defined, PathModel

__all__ = [
    "Answers",
    "BayesFit",
    "Bootstrap",
    "Construct",
    "Defined",
    "Effects",
    "FitIndices",
    "Htmt",
    "Identification",
    "InvalidAnswers",
    "InvalidModel",
    "InvalidValue",
    "Invariance",
    "LoyaltyError",
    "Micom",
    "MlFit",
    "ModelSyntaxError",
    "Modifications",
    "Moments",
    "NotConverged",
    "NotIdentified",
    "ParameterTable",
    "PathModel",
    "PlsFit",
    "PlsPrediction",
    "Reliability",
    "TooFewRespondents",
    "answers_of",
    "blocks",
    "buying",
    "classes_of",
    "collinearity",
    "compare_segments",
    "cross_loadings",
    "drivers",
    "drivers_of_answers",
    "drivers_of_construct",
    "each_respondent",
    "engine_moments",
    "engine_moments_by",
    "fit_bayes",
    "fit_indices",
    "fit_ml",
    "fit_pls",
    "fit_segments",
    "fornell_larcker",
    "given_moments",
    "group_sizes",
    "htmt",
    "importance_performance",
    "invariance",
    "later_departures",
    "later_purchases",
    "loyalty_classes",
    "loyalty_movement",
    "measurement_model",
    "measurement_of",
    "micom",
    "moderation",
    "modification_indices",
    "moments",
    "moments_by",
    "movement_of",
    "parameter_table",
    "path_effects",
    "patterns",
    "plausible_values",
    "predict_items",
    "reliability",
    "response_rates",
    "single_factor_share",
    "staying",
    "survey_answers",
]
