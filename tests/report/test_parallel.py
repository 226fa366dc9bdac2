import shutil

import nbformat
import pytest

from cxmodels.report.folder import scratch_folder
from cxmodels.report.kernels import Kernels
from cxmodels.report.plan import PlannedNotebook
from cxmodels.report.progress import Watcher
from cxmodels.report.run import run_notebooks


def tiny(folder, name, source="1 + 1", after=()):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(book, folder / f"{name}.ipynb")
    return PlannedNotebook(name, folder / f"{name}.ipynb", f"{name}.html", name, after=after)


def run(tmp_path, notebooks, jobs):
    (tmp_path / "executed").mkdir()
    scratch = scratch_folder()
    parameters = {notebook.name: {} for notebook in notebooks}
    try:
        return run_notebooks(
            notebooks,
            parameters,
            tmp_path / "executed",
            Kernels(scratch, tmp_path, tmp_path / "beside"),
            jobs,
            Watcher(),
        )
    finally:
        shutil.rmtree(scratch)


@pytest.mark.parametrize("count", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_no_kernel_fails_to_start_when_many_run_at_once(tmp_path, count):
    notebooks = [tiny(tmp_path, f"n{number}") for number in range(count)]
    done = run(tmp_path, notebooks, jobs=count)
    assert [result.failure for result in done.values()] == [None] * count
    outputs = [result.notebook.cells[0].outputs[0].data["text/plain"] for result in done.values()]
    assert outputs == ["2"] * count


def test_a_notebook_waits_for_those_before_it_and_does_not_run_when_one_failed(tmp_path):
    first = tiny(tmp_path, "first", "from pathlib import Path; Path('first').touch()")
    second = tiny(tmp_path, "second", "assert Path('first').exists()", after=("first",))
    second.file.write_text(second.file.read_text().replace("assert Path", "from pathlib import Path; assert Path"))
    broken = tiny(tmp_path, "broken", "1 / 0")
    last = tiny(tmp_path, "last", after=("second", "broken"))
    done = run(tmp_path, [first, second, broken, last], jobs=2)
    assert set(done) == {"first", "second", "broken"}
    assert done["second"].failure is None
    assert done["broken"].failure.cell == 1
