"""The browser fixtures of the other browser tests."""

from tests.browser.conftest import device, sign_in, site

__all__ = ["device", "sign_in", "site"]
