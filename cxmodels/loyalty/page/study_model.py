"""The path model a study names in its settings, read and held against what the study has."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cxmodels.errors import without_place
from cxmodels.loyalty.answers.respondents import items_of, survey_of
from cxmodels.loyalty.errors import LoyaltyError, NoModel, TooFewRespondents, WrongSetting
from cxmodels.loyalty.syntax.path_model import PathModel

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

_ASKED = {"responses", "answers"}


def study_model(snapshot: Snapshot, file: str = "") -> PathModel:
    """The path model of a study.

    Parameters
    ----------
    snapshot
        The study on a day.
    file
        A file with a model text, within the study's folder. Empty: ``loyalty.model`` of its settings.

    Raises
    ------
    NoModel
        When none is named.
    WrongSetting
        When there is no such file, when it is no model, when it names an item that the study does not ask, or when it
        is not clear which survey asked its items. Names the file, and in it line and column where there are such.
    TooFewRespondents
        When nobody has answered any of its items yet.
    """
    name = file or snapshot.settings.loyalty.model
    if not name:
        raise NoModel("study_model: the study names no path model; loyalty.model in its settings is a file with one")
    path = snapshot.settings.folder / name
    try:
        model = PathModel.from_file(path)
        if set(snapshot.tables) >= _ASKED:
            model.check_items(items_of(snapshot))
            survey_of(snapshot, model.items)
    except TooFewRespondents:
        raise
    except LoyaltyError as error:
        said = without_place(str(error).removeprefix("PathModel.from_file: "))
        raise WrongSetting(f"{path}: {said}") from error
    return model


def way_out(snapshot: Snapshot, model: PathModel) -> str:
    """What a red verdict means for the rest of the page, and which other models the study has to try."""
    others = []
    for file in sorted(snapshot.settings.folder.glob("*.lav")):
        with suppress(LoyaltyError):
            if PathModel.from_file(file).text != model.text:
                others.append(file.name)
    said = "The verdict is red: what follows shows why, and is not to be acted on. No path is told as a finding."
    if others:
        said += (
            f" The study’s folder has other models: {', '.join(others)}; "
            f"<b>-p loyalty.model={others[0]}</b> tells the first."
        )
    return said


def check_settings(snapshot: Snapshot) -> None:
    """Hold what the settings say of loyalty against the study; nothing is asked of a study that names no model.

    Raises
    ------
    WrongSetting
        As `study_model`, of every model that is named, and when ``loyalty.behaviour`` or ``loyalty.moderation`` name
        what it has not.
    """
    asked = snapshot.settings.loyalty
    try:
        if asked.model:
            behaviour_construct(snapshot, study_model(snapshot))
        if asked.moderation:
            moderation_model(snapshot)
    except TooFewRespondents:
        # a matter of the month, not of the settings
        return


def behaviour_construct(snapshot: Snapshot, model: PathModel) -> str:
    """The construct that ``loyalty.behaviour`` names; empty where it names none.

    Raises
    ------
    WrongSetting
        When the model has no such construct.
    """
    named = snapshot.settings.loyalty.behaviour or ""
    if named and named not in model.names:
        raise WrongSetting(
            f"{snapshot.settings.file}: loyalty.behaviour must be one of {', '.join(model.names)}, found {named!r}"
        )
    return named


def moderation_model(snapshot: Snapshot) -> PathModel:
    """The model that ``loyalty.moderation`` is asked of.

    Raises
    ------
    WrongSetting
        As `study_model`, and when the model lacks a path of either construct to the target.
    """
    asked = snapshot.settings.loyalty.moderation
    assert asked is not None
    model = study_model(snapshot, asked.model or "")
    for name in (asked.source, asked.moderator):
        if (name, asked.target) not in model.paths:
            raise WrongSetting(
                f"{snapshot.settings.file}: loyalty.moderation: the model needs the path '{asked.target} ~ {name}'; "
                f"its constructs are {', '.join(model.names)}"
            )
    return model
