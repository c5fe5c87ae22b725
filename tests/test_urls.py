"""A connector talks to the configured host and to no other, however an address is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._urls import base_url, is_public, names_private, same_host


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        ["https://api.x.com", "https://api.x.com/v2/", "http://127.0.0.1:80", "http://[::1]:9", "http://localhost"],
    )
    def test_addresses_that_credentials_may_go_to(self, url: str) -> None:
        assert base_url(url) == url.rstrip("/")

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.x.com",
            "ftp://api.x.com",
            "api.x.com",
            "https://",
            "https://user:pw@api.x.com",
            "https://api.x.com?a=b",
            "https://api.x.com#a",
            "https://api.x.com\\@evil.example",
            "https://api.x.com/ x",
            "https://[",
            "https://api.x.com:99999",
            "",
        ],
    )
    def test_addresses_that_they_may_not(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            base_url(url)

    @pytest.mark.parametrize(
        ("url", "same"),
        [
            ("https://api.x.com/2?next=1", True),
            ("https://API.x.com:443/2", True),
            ("http://api.x.com/2", False),
            ("https://api.x.com:8443/2", False),
            ("https://api.x.com.evil.example/2", False),
            ("https://api.x.com@evil.example/2", False),
            ("https://u:p@api.x.com/2", False),
            ("https://api.x.com\\@evil.example/2", False),
            ("https://evil.example\\@api.x.com/2", False),
            ("//api.x.com/2", False),
            ("https://api.x.com\n/2", False),
        ],
    )
    def test_only_scheme_host_and_port_together_are_the_same_host(self, url: str, same: bool) -> None:  # noqa: FBT001
        assert same_host("https://api.x.com", url) is same

    @given(st.text())
    def test_no_text_at_all_raises(self, text: str) -> None:
        assert not same_host("https://api.x.com", text)
        names_private(text)

    @pytest.mark.parametrize(
        "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "224.0.0.1"]
    )
    def test_addresses_that_are_not_public(self, address: str) -> None:
        assert not is_public(address)

    def test_addresses_that_are(self) -> None:
        assert is_public("8.8.8.8")
        assert is_public("2606:4700::1111")
