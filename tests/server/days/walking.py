"""Steps of a walk through the console."""

from __future__ import annotations

from playwright.sync_api import Page


def go(page: Page, name: str) -> None:
    """Follow the rail to a place, and wait until it hears scanner and keys."""
    with page.expect_navigation():
        page.locator(".rail").get_by_role("link", name=name, exact=True).click()
