"""Whatever ends a run, the month published last stays byte for byte and no kernel is left behind."""

import json
import os
import resource
import signal
import socket

import psutil
import pytest

SLEEPS = "from pathlib import Path\nPath('asleep').touch()\nimport time\ntime.sleep(600)"


@pytest.fixture
def guarded(published):
    """A project with a published month that must be the same afterwards, with no kernel alive."""
    before = published.bytes_of("2026-09")
    yield published
    assert published.bytes_of("2026-09") == before
    assert published.kernels() == []
    assert not (published.reports / ".staging").exists()


def failure_page(project):
    return (project.reports / "failures" / "2026-09.html").read_text()


def test_a_killed_kernel_fails_the_month(guarded, until):
    guarded.notebook("people", SLEEPS)
    run = guarded.start("report", "data/small")
    until((guarded.root / "asleep").exists)
    (kernel,) = guarded.kernels()
    kernel.kill()
    _, said = run.communicate()
    assert run.returncode == 1
    assert "people, cell 2: the kernel died" in said
    assert "time.sleep(600)" in failure_page(guarded)
    assert "cxmodels report data/small --month 2026-09" in failure_page(guarded)
    assert "failures/2026-09.html" in (guarded.reports / "index.html").read_text()


def test_a_cell_past_its_timeout_fails_the_month(guarded):
    plan = guarded.root / "notebooks" / "plan.toml"
    plan.write_text(plan.read_text().replace('title = "people"', 'title = "people"\ntimeout = 4'))
    guarded.notebook("people", SLEEPS)
    done = guarded.report()
    assert done.returncode == 1
    assert "people, cell 2: it ran past its timeout of 4 s" in done.stderr
    assert "past its timeout" in failure_page(guarded)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import sys; sys.exit(0)", "people, cell 2: the kernel ended before"),
        ("import os; os._exit(0)", "people, cell 2: the kernel died"),
        ("1 / 0", "people, cell 2: a cell raised ZeroDivisionError"),
    ],
)
def test_a_notebook_that_does_not_reach_its_end_fails_the_month(guarded, cell, said):
    guarded.notebook("people", cell, "1 + 1")
    done = guarded.report()
    assert done.returncode == 1
    assert said in done.stderr
    assert cell in failure_page(guarded)


def test_a_traceback_is_shown_with_personal_data_and_secrets_masked(guarded):
    guarded.environment["CRM_PASSWORD"] = "correct-horse-battery"
    guarded.notebook("people", "import os", "raise ValueError('jane.doe@example.org ' + os.environ['CRM_PASSWORD'])")
    done = guarded.report()
    assert done.returncode == 1
    assert "ValueError" in failure_page(guarded)
    for hidden in ("jane.doe", "correct-horse"):
        assert hidden not in failure_page(guarded) + done.stderr + done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_runner_asked_to_stop_ends_its_kernels_and_publishes_nothing(guarded, until, number):
    guarded.notebook("people", SLEEPS)
    run = guarded.start("report", "data/small")
    until((guarded.root / "asleep").exists)
    run.send_signal(number)
    _, said = run.communicate()
    assert run.returncode == 1
    assert f"stopped by {number.name}" in said
    assert f"stopped by {number.name}" in failure_page(guarded)


def test_no_kernel_outlives_a_killed_runner_and_the_next_run_clears_what_it_left(published, until):
    before = published.bytes_of("2026-09")
    # The cell is deaf: a thread of the kernel that looks for its parent would never get a turn.
    busy = "from pathlib import Path\nPath('asleep').touch()\nimport re\nre.match('(a+)+$', 'a' * 60 + 'b')"
    published.notebook("people", busy)
    run = published.start("report", "data/small")
    until((published.root / "asleep").exists)
    (kernel,) = published.kernels()
    scratch = json.loads((published.reports / ".lock").read_text())["scratch"]
    run.kill()
    run.communicate()
    until(lambda: not psutil.pid_exists(kernel.pid) or kernel.status() == psutil.STATUS_ZOMBIE)
    assert published.bytes_of("2026-09") == before
    assert os.path.exists(scratch)
    published.notebook("people")
    done = published.report()
    assert done.returncode == 0, done.stderr
    assert not os.path.exists(scratch)
    assert not (published.reports / ".staging").exists()


def test_a_second_publisher_is_told_who_holds_the_folder(guarded, until):
    guarded.notebook("people", SLEEPS)
    run = guarded.start("report", "data/small")
    until((guarded.root / "asleep").exists)
    second = guarded.report()
    assert second.returncode == 1
    assert f"process {run.pid} on {socket.gethostname()}" in second.stderr
    run.terminate()
    run.communicate()


def test_a_file_in_place_of_the_reports_folder_fails_without_a_trace(project):
    project.reports.write_text("not a folder")
    done = project.report()
    assert done.returncode == 1
    assert "months cannot be published here" in done.stderr
    assert project.reports.read_text() == "not a folder"


def test_a_disk_that_takes_no_more_fails_the_month(guarded):
    guarded.notebook("people", "import cxmodels as cx", "print('x' * 300_000)")

    def no_large_file() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    run = guarded.start("report", "data/small", preexec_fn=no_large_file)
    _, said = run.communicate()
    assert run.returncode == 1
    assert "File too large" in said
    assert "File too large" in failure_page(guarded)
