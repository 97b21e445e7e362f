"""An item is one reviewer's until the lease ends."""

from tierline.review.leases import Leases


def test_a_lease_holds_is_renewed_and_ends():
    now = [0.0]
    leases = Leases(10.0, lambda: now[0])
    assert leases.take("a", "ada") and not leases.take("a", "bob") and leases.holder("a") == "ada"
    now[0] = 6.0
    assert leases.take("a", "ada") and leases.seconds_since_shown("a", "ada") == 6.0, "reading began when it was first shown"
    now[0] = 15.9
    assert not leases.take("a", "bob") and leases.seconds_since_shown("a", "bob") is None
    now[0] = 16.0
    assert leases.holder("a") == "" and leases.take("a", "bob") and leases.seconds_since_shown("a", "ada") is None


def test_only_the_holder_lets_go():
    leases = Leases(10.0, lambda: 0.0)
    leases.take("a", "ada")
    leases.release("a", "bob")
    assert leases.holder("a") == "ada"
    leases.release("a", "ada")
    assert leases.take("a", "bob")
