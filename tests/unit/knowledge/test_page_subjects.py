"""What a page is about: the part of its title that is not its site's name."""

import pytest

from tierline.knowledge.page_subjects import PageNames, named_by_caption, names_of, site_parts, subject_of, subject_under


@pytest.mark.parametrize(
    ("title", "heading", "site", "domain", "subject"),
    [
        ("Oslo", "", "", "atlas.example", "Oslo"),
        ("Oslo | Atlas of Towns", "Oslo", "", "a.example", "Oslo"),
        ("Atlas of Towns: Oslo", "Oslo", "", "a.example", "Oslo"),
        ("Oslo - Norway - Atlas of Towns", "Oslo", "", "a.example", "Oslo"),
        ("Oslo - Norway - Atlas of Towns", "OSLO – NORWAY", "", "a.example", "Oslo - Norway"),
        ("Oslo · Atlas of Towns", "", "Atlas of Towns", "a.example", "Oslo"),
        ("Oslo - Wikipedia", "", "", "en.wikipedia.org", "Oslo"),
        ("Oslo | atlas.example", "", "", "www.atlas.example", "Oslo"),
        ("Oslo | Atlas", "Atlas", "", "atlas.example", "Oslo"),
        ("Oslo – Town Guide", "", "", "a.example", ""),
        ("Mission: Impossible", "Mission: Impossible", "", "a.example", "Mission: Impossible"),
        ("Oslo facts and figures", "Oslo", "", "a.example", "Oslo"),
        ("Jean-Luc Berg", "", "", "a.example", "Jean-Luc Berg"),
        ("a | b | c | d | e | f | g | h | i | j", "a", "", "a.example", ""),
        ("", "Oslo", "", "a.example", ""),
    ],
)
def test_the_h1_the_sites_name_or_its_domain_tell_what_the_page_is_about(title, heading, site, domain, subject):
    assert subject_of(PageNames(title, heading, site), f"https://{domain}/page", domain, {}) == subject


def test_what_titles_of_one_site_have_in_common_is_the_sites():
    titles = [("a.example", f"{town} | Guide") for town in ("Oslo", "Bergen", "Moss")]
    repeated = site_parts([*titles, ("b.example", "Oslo | Guide"), (None, "Oslo | Guide"), ("a.example", None)])
    assert subject_of(PageNames("Oslo | Guide"), None, "a.example", repeated) == "Oslo"
    assert subject_of(PageNames("Oslo | Guide"), None, "b.example", repeated) == ""


@pytest.mark.parametrize("url", ["https://atlas.example/", "https://atlas.example", "http://atlas.example/index.html"])
def test_a_front_page_is_not_about_its_motto(url):
    assert subject_of(PageNames("Atlas: All Towns of the World"), url, "atlas.example", {}) == ""


@pytest.mark.parametrize(
    ("heading", "subject"),
    [("", "Oslo"), ("Oslo", "Oslo"), ("Key facts", "Oslo"), ("Facts about Oslo", "Oslo"), ("The town", "Oslo"), ("Bergen", "")],
)
def test_a_general_heading_names_nothing_itself(heading, subject):
    assert subject_under(heading, "Oslo", PageNames("Oslo | Atlas", "The Town")) == subject


@pytest.mark.parametrize("line", ['{"kind": "page"', '{"kind": "page", "heading": 3}', '{"kind": "table"}', ""])
def test_a_broken_line_names_nothing(line):
    assert names_of("Oslo", line) == PageNames("Oslo")
    assert names_of("Oslo", '{"kind": "page", "heading": "Oslo town", "site": "Atlas"}\n' + line) == PageNames("Oslo", "Oslo town", "Atlas")


@pytest.mark.parametrize(
    ("caption", "subject", "named"),
    [
        ("Brannock", "Brannock in the atlas", "Brannock"),
        ("Port Ansel", "The charter of Port Ansel", "Port Ansel"),
        ("Oslo", "Oslo", ""),
        ("Key facts", "Key facts about Oslo", ""),
        ("Population", "Population of Oslo", ""),
        ("Bergen", "Oslo in the atlas", ""),
        ("", "Oslo", ""),
    ],
)
def test_a_caption_names_what_its_page_names_with_more_words(caption, subject, named):
    assert named_by_caption(caption, subject) == named
