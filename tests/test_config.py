"""Settings: read once, typed, and refused when they are not fit."""

import dataclasses
import stat
from pathlib import Path

import pytest

from portal import config, create_app, settings_page
from portal.config import ConfigurationError, Settings
from portal.foundation import keyring

KEY = "20261122T000000Z-5e1e89e84c2762c6e651eecbc57778f24b9055732be4d204"
SAFE = {
    "PORTAL_ENV": "production",
    "PORTAL_SECRET_KEYS": KEY,
    "PORTAL_BASE_URL": "https://shop.example",
    "PORTAL_TRUSTED_HOSTS": "shop.example",
    "PORTAL_MAIL_SERVER": "mail.shop.example",
}


def test_without_an_environment_everything_has_a_default_that_works():
    settings = config.read({})
    assert settings.env == "development"
    assert settings.database.endswith("instance/portal.db")
    assert settings.base_url == "http://127.0.0.1:8000"


def test_every_kind_of_setting_is_read():
    settings = config.read(
        {"PORT": "9000", "PORTAL_MAIL_USE_TLS": "yes", "PORTAL_SHOP_LOCALES": "en, de", "PORTAL_INSTANCE": "/x"}
    )
    assert (settings.port, settings.mail_use_tls, settings.shop_locales) == (9000, True, ("en", "de"))
    assert settings.instance == Path("/x")
    assert settings.base_url == "http://127.0.0.1:9000"


def test_production_with_everything_set_is_accepted():
    assert config.read(SAFE).production


@pytest.mark.parametrize(
    "change",
    [
        {"PORTAL_SECRET_KEYS": ""},
        {"PORTAL_SECRET_KEYS": "short"},
        {"PORTAL_BASE_URL": "http://shop.example"},
        {"PORTAL_TRUSTED_HOSTS": ""},
        {"PORTAL_MAIL_SERVER": ""},
        {"PORTAL_BCRYPT_COST": "9"},
        {"PORTAL_ENV": "prod"},
        {"PORTAL_DATABASE_URL": "postgresql://plain"},
        {"PORTAL_TELEPHONE": "maybe"},
        {"PORTAL_MAIL_PORT": "smtp"},
        {"PORTAL_MAIL_USE_TLS": "perhaps"},
    ],
)
def test_what_is_not_fit_is_refused_by_name(change):
    with pytest.raises(ConfigurationError, match=next(iter(change))):
        config.read(SAFE | change)


def test_the_page_of_settings_names_every_one_and_is_up_to_date():
    document = settings_page.document()
    assert all(f"`PORTAL_{field.name.upper()}`" in document for field in dataclasses.fields(config.Settings))
    assert Path("docs/settings.md").read_text() == document


def test_what_the_shop_keeps_is_nobody_elses_on_the_machine(tmp_path):
    create_app(Settings(instance=tmp_path / "new"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_development_keys_are_made_once_and_kept_private(tmp_path):
    first = keyring.kept(tmp_path / "keys")
    assert keyring.kept(tmp_path / "keys") == first
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
