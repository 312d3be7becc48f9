from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import Defect
from scheduler import data_folder


def pretend_installed(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    package.mkdir(parents=True)
    monkeypatch.setattr(data_folder, "_PACKAGE", package)


def put_exam(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "exam.toml").write_text("[exam]\n")
    return folder


def test_a_checkout_uses_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_installed(monkeypatch, tmp_path / "scheduler")
    data = put_exam(tmp_path / "data")
    assert data_folder.default_data_folder() == data


def test_an_installed_wheel_uses_its_own_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when some other package has left a ``data`` folder beside it."""
    pretend_installed(monkeypatch, tmp_path / "scheduler")
    put_exam(tmp_path / "data")
    reference = put_exam(tmp_path / "scheduler" / "reference")
    assert data_folder.default_data_folder() == reference


def test_the_current_directory_plays_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_installed(monkeypatch, tmp_path / "site" / "scheduler")
    put_exam(tmp_path / "here" / "data")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(Defect, match=r"exam\.toml"):
        data_folder.default_data_folder()


def test_this_checkout_has_its_reference_data() -> None:
    assert (data_folder.default_data_folder() / "specialties.csv").is_file()
