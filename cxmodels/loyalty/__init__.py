"""Why customers stay: path models of satisfaction and loyalty, and whether to believe them.

A model and its fit
    `PathModel` (``.fit``, ``.from_file``), `fit_ml`, `fit_bayes`, `fit_pls`, `fit_segments`, `bootstrapped`, `Priors`,
    `parameter_table`, `pymc_model`.
Answers
    `answers_of` a frame, `survey_answers` of a study, `given_moments`; `moments`, `moments_by`, `engine_moments`,
    `engine_moments_by`, `group_sizes`, `patterns`, `blocks`, `each_respondent`, `response_rates`, `set_aside`.
Whether to believe it
    `fit_indices`, `modification_indices`, `invariance`, `micom`, `reliability`, `htmt`, `fornell_larcker`,
    `cross_loadings`, `collinearity`, `single_factor_share`, `measurement_model`, `predict_items`.
What goes with what
    `path_effects`, `told_paths`, `importance_performance`, `drivers_of_construct`, `drivers_of_answers`, `moderation`,
    `compare_segments`.
Customers
    `measurement_of`, `construct_scores`, `plausible_values`, `classes_of`, `loyalty_classes`, `stated_classes`,
    `movement_of`, `loyalty_movement`, `later_departures`, `later_purchases`, `staying`, `buying`, `chance_to_stay`,
    `coming_purchases`, `stated_behaviour`.
The page
    `study_model`, `check_settings`, `fit_engines`, `measures`, `judge`, `estimates`, and the parts, sentences, tables
    and `figures` that ``notebooks/05_loyalty.ipynb`` calls in order.
"""

from cxmodels.loyalty import figures
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.engine_moments import engine_moments, engine_moments_by
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import Moments, group_sizes, moments, moments_by
from cxmodels.loyalty.answers.patterns import patterns
from cxmodels.loyalty.answers.respondents import each_respondent, set_aside
from cxmodels.loyalty.answers.response_rates import response_rates
from cxmodels.loyalty.bayes.bayes_fit import BayesFit
from cxmodels.loyalty.bayes.fit import fit_bayes, fit_segments
from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.bayes.plausible import ConstructScores, construct_scores, plausible_values
from cxmodels.loyalty.bayes.priors import Priors
from cxmodels.loyalty.bayes.pymc_model import pymc_model
from cxmodels.loyalty.customers.classes import classes_of
from cxmodels.loyalty.customers.followed import later_departures, later_purchases
from cxmodels.loyalty.customers.from_study import loyalty_classes, loyalty_movement
from cxmodels.loyalty.customers.known_behaviour import chance_to_stay, coming_purchases, stated_behaviour
from cxmodels.loyalty.customers.later_behaviour import buying, staying
from cxmodels.loyalty.customers.movement import movement_of
from cxmodels.loyalty.customers.stated_classes import stated_classes
from cxmodels.loyalty.effects.drivers import drivers, drivers_of_answers, drivers_of_construct
from cxmodels.loyalty.effects.effects import Effects, path_effects
from cxmodels.loyalty.effects.importance import importance_performance
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.effects.moderation import moderation
from cxmodels.loyalty.effects.segments import compare_segments
from cxmodels.loyalty.effects.told import last_construct, told_paths
from cxmodels.loyalty.errors import (
    InvalidAnswers,
    InvalidModel,
    InvalidValue,
    LoyaltyError,
    ModelSyntaxError,
    NoModel,
    NotConverged,
    NotIdentified,
    TooFewRespondents,
    WrongSetting,
)
from cxmodels.loyalty.ml.bootstrap import MlBootstrap, bootstrapped
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.fit_indices import FitIndices, fit_indices
from cxmodels.loyalty.ml.identification import Identification
from cxmodels.loyalty.ml.invariance import Invariance, invariance
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.ml.modification import Modifications, modification_indices
from cxmodels.loyalty.page.checks import judge
from cxmodels.loyalty.page.classed import (
    attitude_of,
    behaviour_of,
    classed_customers,
    moved_customers,
    movement_in_words,
    movement_table,
    survey_before,
)
from cxmodels.loyalty.page.earlier import Earlier, earlier
from cxmodels.loyalty.page.engines import Engines, fit_engines
from cxmodels.loyalty.page.estimates import estimates, history, key_figures
from cxmodels.loyalty.page.findings import about, after, lead, sentences, title
from cxmodels.loyalty.page.known_classes import known_classes
from cxmodels.loyalty.page.measures import Measures, measures
from cxmodels.loyalty.page.moderated_path import moderated_path
from cxmodels.loyalty.page.study_model import check_settings, study_model, way_out
from cxmodels.loyalty.page.tables import (
    class_table,
    engine_table,
    fit_table,
    htmt_table,
    invariance_table,
    measurement_table,
    modification_table,
    moved_table,
    reliability_table,
    segment_table,
)
from cxmodels.loyalty.page.told_customers import later_behaviour, parted
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
    "ConstructScores",
    "Defined",
    "Earlier",
    "Effects",
    "Engines",
    "FitIndices",
    "Htmt",
    "Identification",
    "InvalidAnswers",
    "InvalidModel",
    "InvalidValue",
    "Invariance",
    "LoyaltyError",
    "Measurement",
    "Measures",
    "Micom",
    "MlBootstrap",
    "MlFit",
    "ModelSyntaxError",
    "Modifications",
    "Moments",
    "NoModel",
    "NotConverged",
    "NotIdentified",
    "ParameterTable",
    "PathModel",
    "PlsFit",
    "PlsPrediction",
    "Priors",
    "Reliability",
    "TooFewRespondents",
    "WrongSetting",
    "about",
    "after",
    "answers_of",
    "attitude_of",
    "behaviour_of",
    "blocks",
    "bootstrapped",
    "buying",
    "chance_to_stay",
    "check_settings",
    "class_table",
    "classed_customers",
    "classes_of",
    "collinearity",
    "coming_purchases",
    "compare_segments",
    "construct_scores",
    "cross_loadings",
    "drivers",
    "drivers_of_answers",
    "drivers_of_construct",
    "each_respondent",
    "earlier",
    "engine_moments",
    "engine_moments_by",
    "engine_table",
    "estimates",
    "figures",
    "fit_bayes",
    "fit_engines",
    "fit_indices",
    "fit_ml",
    "fit_pls",
    "fit_segments",
    "fit_table",
    "fornell_larcker",
    "given_moments",
    "group_sizes",
    "history",
    "htmt",
    "htmt_table",
    "importance_performance",
    "invariance",
    "invariance_table",
    "judge",
    "key_figures",
    "known_classes",
    "last_construct",
    "later_behaviour",
    "later_departures",
    "later_purchases",
    "lead",
    "loyalty_classes",
    "loyalty_movement",
    "measurement_model",
    "measurement_of",
    "measurement_table",
    "measures",
    "micom",
    "moderated_path",
    "moderation",
    "modification_indices",
    "modification_table",
    "moments",
    "moments_by",
    "moved_customers",
    "moved_table",
    "movement_in_words",
    "movement_of",
    "movement_table",
    "parameter_table",
    "parted",
    "path_effects",
    "patterns",
    "plausible_values",
    "predict_items",
    "pymc_model",
    "reliability",
    "reliability_table",
    "response_rates",
    "segment_table",
    "sentences",
    "set_aside",
    "single_factor_share",
    "stated_behaviour",
    "stated_classes",
    "staying",
    "study_model",
    "survey_answers",
    "survey_before",
    "title",
    "told_paths",
    "way_out",
]
