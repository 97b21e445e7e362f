"""IP addresses: every notation of a public one, and the versions, sections and private addresses that are none."""

import pytest

from tierline.filters.pii import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("ping 8.8.8.8", "ping <IP>"),
        ("http://93.184.216.34:8080/x", "http://<IP>:8080/x"),
        ("in 93.184.216.0/24", "in <IP>/24"),
        ("９３．１８４．２１６．３４", "<IP>"),
        ("٩٣.١٨٤.٢١٦.٣٤", "<IP>"),
        ("地址93.184.216.34。", "地址<IP>。"),
        ("[2001:4860:4860::8888]:443", "[<IP>]:443"),
        ("2001:4860::/32", "<IP>/32"),
        ("from ::ffff:93.184.216.34", "from <IP>"),
        ("2A01:4F8:C17:1::2", "<IP>"),
        ("DNS server: 8.8.8.8", "DNS server: <IP>"),
        ("nameserver 91.198.174.192", "nameserver <IP>"),
        ("nameserver 8.8.4.4", "nameserver <IP>"),
        ("DNS servers 9.9.9.9", "DNS servers <IP>"),
        ("moved over 91.198.174.192", "moved over <IP>"),
        ("never: 91.198.174.192", "never: <IP>"),
        ("prev. 91.198.174.192", "prev. <IP>"),
        ("stable 91.198.174.192", "stable <IP>"),
        ("the observer 91.198.174.192", "the observer <IP>"),
    ],
)
def test_every_notation_of_a_public_address_is_found(text, redacted):
    assert redact(text) == (redacted, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Version 10.2.33.44 is out; see section 4.1.2.1 and v2.3.4.5.",
        "PHP 5.6.40.25, OpenSSL 1.0.2.1, 1.3.6.1.4.1.311",
        "バージョン 92.33.44.55",
        "ver. 92.33.44.55, rev 92.33.44.55, table 92.33.44.55, app_ver: 92.33.44.55, driver 92.33.44.55, 最新v92.33.44.55",
        "at 10.0.0.1 or 192.168.1.7 or fe80::1 or 224.0.0.1 or ::ffff:10.0.0.1",
        "31.12.1999.12 and 999.1.1.1",
        "12:30:45 and 1:2:3:4:5:6:7:8",
    ],
)
def test_versions_sections_times_and_private_addresses_stay(text):
    assert redact(text) == (text, 0)


@pytest.mark.parametrize(
    "text", ["driver 92.33.44.55:8080", "release 92.33.44.55/24", "12.3.4.5:443 is open", "the taxi driver 92.33.44.55 wrote"]
)
def test_a_port_a_prefix_and_a_driver_who_is_a_person_tell_an_address(text):
    assert "<IP>" in redact(text)[0]


@pytest.mark.parametrize(
    "text",
    ["driver 92.33.44.55.", "driver 92.33.44.55: new", "release 92.33.44.55/2019", "the video driver 92.33.44.55", "1.2.3.4/5.6.7.8"],
)
def test_a_version_stays_whatever_ends_it(text):
    assert redact(text)[0] == text
