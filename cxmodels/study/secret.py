"""The secret that makes a study's pseudonyms: where it comes from, and that it is made only once.

Nothing heavy is imported: what a report has to know before it decides what to run needs no engine.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cxmodels.study.errors import StudyError

SECRET_VARIABLE = "CXMODELS_SECRET"
SECRET_FILE = ".secret"


def read_secret(folder: Path) -> bytes:
    """The key of a study's pseudonyms.

    The environment variable ``CXMODELS_SECRET`` where it is set, else the study folder's file ``.secret``, which is
    made on first use with 256 random bits, readable by its owner alone. Whoever has the key can tell whether a
    known customer is behind a pseudonym; without the same key, months cannot be compared customer by customer.

    Raises
    ------
    StudyError
        When the file is empty, or cannot be read or made.
    """
    given = os.environ.get(SECRET_VARIABLE)
    if given:
        return given.encode()
    file = folder / SECRET_FILE
    try:
        if not file.exists():
            _make(file)
        secret = file.read_bytes().strip()
    except OSError as error:
        raise StudyError(
            f"{file}: the secret of the pseudonyms cannot be read or made ({error.strerror}); "
            f"set the environment variable {SECRET_VARIABLE}"
        ) from None
    if not secret:
        raise StudyError(f"{file}: empty; a secret is required. Delete the file and a new one is made")
    return secret


def _make(file: Path) -> None:
    """Write a new secret whole or not at all, even when two processes start at once."""
    draft = file.with_name(f"{SECRET_FILE}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secrets.token_hex(32) + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
