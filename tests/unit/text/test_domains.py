"""Two hosts are one site where the public suffix list says so, without a network."""

import socket

import pytest

from tierline.text import domains
from tierline.text.domains import path_of, registrable_domain


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.com", "example.com"),
        ("www.shop.example.com", "example.com"),
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("www.shop.a.kawasaki.jp", "shop.a.kawasaki.jp"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("xn--bcher-kva.example.de", "example.de"),
        ("www.bücher.de", "xn--bcher-kva.de"),
        ("www.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("WWW.BÜCHER.DE.", "xn--bcher-kva.de"),
        ("b%C3%BCcher.de", "xn--bcher-kva.de"),
        ("www。bücher。de", "xn--bcher-kva.de"),
        ("Example.COM.", "example.com"),
        ("a_b.example.com", "example.com"),
        ("www_1.bücher.de", "xn--bcher-kva.de"),
        ("a-.bücher.de", "xn--bcher-kva.de"),
        ("i❤.ws", "xn--i-7iq.ws"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("192.168.0.1", "192.168.0.1"),
        ("", ""),
    ],
)
def test_a_host_belongs_to_the_site_that_someone_registered(host, site, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the list must not be fetched")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    registrable_domain.cache_clear()
    domains._suffixes.cache_clear()
    assert registrable_domain(host) == site


def test_people_who_share_a_hosts_suffix_are_of_one_site_and_two_companies_are_not():
    assert registrable_domain("alice.github.io") == registrable_domain("bob.github.io") == "github.io", (
        "only public registries separate sites"
    )
    assert registrable_domain("a.com.au") != registrable_domain("b.com.au")


def test_what_is_no_address_has_no_path():
    assert path_of("https://a.example/en/3.1/x") == "/en/3.1/x" and path_of("http://[fe80::1%x") == path_of(None) == ""
