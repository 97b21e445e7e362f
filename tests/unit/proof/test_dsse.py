"""Envelopes against the vector of DSSE's specification, and against whoever changes one."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tierline.proof.canonical import canonical, parse
from tierline.proof.dsse import LONGEST, Unproven, authenticated, key_id, opened, seal

# protocol.md of secure-systems-lab/dsse, "Test Vectors".
BODY, TYPE = b"hello world", "http://example.com/HelloWorld"
ENCODED = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
X = 46950820868899156662930047687818585632848591499744589407958293238635476079160
Y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
SIGNATURE = "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_what_is_signed_is_encoded_as_the_specification_has_it():
    assert authenticated(TYPE, BODY) == ENCODED
    raw = base64.b64decode(SIGNATURE)
    signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    EllipticCurvePublicNumbers(X, Y, SECP256R1()).public_key().verify(signature, authenticated(TYPE, BODY), ECDSA(SHA256()))


def test_canonical_json_is_that_of_the_rfc():
    # RFC 8785, section 3.2.2 and 3.2.3.
    value = {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001], "literals": [None, True, False]}
    assert canonical(value) == b'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    assert canonical({"\u20ac": 1, "\r": 2, "1": 3}) == b'{"\\r":2,"1":3,"\xe2\x82\xac":1}'


@pytest.mark.parametrize("text", [b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":1.0}', b"{", b"[" * 100_000])
def test_only_one_form_of_a_value_is_read(text):
    with pytest.raises(ValueError):
        parse(text)


def test_a_statement_comes_back_with_its_key():
    assert opened(seal({"a": "ö"}, KEY)) == (key_id(KEY.public_key()), {"a": "ö"})


def changed(**parts: object) -> str:
    return canonical(json.loads(seal({"a": 1}, KEY)) | parts).decode()


OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNED = json.loads(seal({"a": 1}, KEY))["signatures"][0]
TAMPERS = {
    "content": changed(payload=base64.b64encode(b'{"a":2}').decode()),
    "content in another form": changed(payload=base64.b64encode(b'{"a": 1}').decode()),
    "type": changed(payloadType="application/json"),
    "signature of another key": changed(signatures=[json.loads(seal({"a": 1}, OTHER))["signatures"][0] | {"keyid": SIGNED["keyid"]}]),
    "name of another key": changed(signatures=[SIGNED | {"keyid": key_id(OTHER.public_key())}]),
    "no signature": changed(signatures=[]),
    "two signatures": changed(signatures=[SIGNED, SIGNED]),
    "part of a signature": changed(signatures=[SIGNED | {"sig": SIGNED["sig"][:40]}]),
    "one more field": changed(more=1),
    "no base64": changed(payload="?"),
    "no JSON": "hello",
    "spaces": seal({"a": 1}, KEY) + " ",
    "half of it": seal({"a": 1}, KEY)[:100],
    "nothing": "",
    "very long": "x" * (LONGEST + 1),
    "key that is none": changed(signatures=[SIGNED | {"keyid": "key_00"}]),
    "list": "[]",
}


@pytest.mark.parametrize("envelope", TAMPERS.values(), ids=TAMPERS)
def test_an_envelope_that_was_changed_proves_nothing(envelope):
    with pytest.raises(Unproven):
        opened(envelope)


def test_a_signature_over_content_that_is_not_canonical_proves_nothing():
    body = b'{"a": 1}'
    signed = {"keyid": key_id(KEY.public_key())}
    signed["sig"] = base64.b64encode(KEY.sign(authenticated("application/vnd.in-toto+json", body))).decode()
    with pytest.raises(Unproven, match="canonical"):
        opened(changed(payload=base64.b64encode(body).decode(), signatures=[signed]))
