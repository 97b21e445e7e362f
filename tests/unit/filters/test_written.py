"""A text is judged by what it says, not by how its characters are stored: normal forms, white space, invisible marks, addresses."""

import unicodedata

import pytest

from examples.features import FEATURES
from examples.languages import LANGUAGES
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.batch import clean, measure
from tierline.filters.boilerplate import DomainLines
from tierline.filters.filter import filter_shard
from tierline.filters.rules import first_failed_rule

PROSE = "\n\n".join([FEATURES["bridge"], FEATURES["owls"], FEATURES["library"]])
THAI = (
    "สะพานไม้เก่าแก่แห่งนี้สร้างขึ้นโดยช่างจากหมู่บ้านริมแม่น้ำ ทุกปีเมื่อถึงฤดูฝนระดับน้ำจะสูงจนเกือบถึงพื้นสะพาน ชาวบ้านจึงช่วยกันตรวจดูเสาทุกต้นก่อนฝนจะมา "
    "ไม่มีใครจำได้ว่าสะพานเคยพังลงเมื่อใด คุณยายเล่าว่าตอนเด็กท่านเคยตกปลาอยู่ใต้สะพานกับพี่ชาย ปัจจุบันนักเรียนใช้สะพานนี้เดินไปโรงเรียนทุกเช้า พ่อค้าผลไม้ตั้งร้านอยู่ปลายสะพานด้านตะวันออก"
)
LAO = (
    "ຂົວໄມ້ເກົ່າແກ່ແຫ່ງນີ້ສ້າງຂຶ້ນໂດຍຊ່າງຈາກບ້ານແຄມແມ່ນ້ຳ ທຸກປີເມື່ອເຖິງລະດູຝົນລະດັບນ້ຳຈະສູງຂຶ້ນຈົນເກືອບຮອດພື້ນຂົວ ຊາວບ້ານຈຶ່ງຊ່ວຍກັນກວດເບິ່ງເສົາທຸກຕົ້ນ "
    "ບໍ່ມີໃຜຈື່ໄດ້ວ່າຂົວເຄີຍພັງລົງເມື່ອໃດ ປັດຈຸບັນນັກຮຽນຍ່າງຂ້າມຂົວນີ້ໄປໂຮງຮຽນທຸກເຊົ້າ ແມ່ຄ້າຂາຍໝາກໄມ້ຕັ້ງຮ້ານຢູ່ສົ້ນຂົວດ້ານຕາເວັນອອກ"
)
TIBETAN = (
    "ཤིང་གི་ཟམ་པ་རྙིང་པ་འདི་གཙང་པོའི་འགྲམ་གྱི་གྲོང་པའི་བཟོ་པས་བརྒྱབ་པ་རེད། ལོ་ལྟར་དབྱར་ཁར་ཆུ་ཚད་མཐོ་རུ་འགྲོ། གྲོང་པ་ཚོས་ཀ་བ་ཚང་མར་ལྟ་ཞིབ་བྱེད། "
    "སློབ་མ་ཚོ་ཞོགས་པ་ལྟར་ཟམ་པ་འདི་བརྒལ་ནས་སློབ་གྲྭར་འགྲོ། ཤིང་ཏོག་འཚོང་མཁན་ཤར་ཕྱོགས་ཀྱི་ཟམ་མགོ་ལ་ཚོང་ཁང་བཙུགས། དགོང་དྲོ་ཉི་མའི་འོད་ཟེར་ཆུ་ངོས་ལ་འཕྲོ། མི་མང་པོས་པར་རྒྱག་པར་ཡོང་།"
)


def failed(text: str) -> str | None:
    signals = measure(["d"], [clean(text)]).signals
    return first_failed_rule(signals, FilterRules()).get("d", {}).get("rule")


@pytest.mark.parametrize("text", [THAI, LAO, TIBETAN], ids=["th", "lo", "bo"])
def test_prose_of_scripts_without_spaces_or_full_stops_passes(text):
    assert failed(text) is None


def test_a_menu_in_such_a_script_does_not():
    assert failed("\n".join(THAI.split()[0][:7] + THAI[at : at + 5] for at in range(80))) is not None


@pytest.mark.parametrize("language", ["ko", "fr", "vi", "hi", "el"])
def test_a_decomposed_text_is_stored_and_judged_as_its_composed_twin(make_rows, language):
    text = "\n".join(LANGUAGES[language]) if language in LANGUAGES else PROSE + "\né à ü ễ"
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert clean(decomposed) == clean(composed) == clean(clean(composed))
    found = measure(["a", "b"], [clean(composed), clean(decomposed)]).signals.drop_columns(["doc_id"]).to_pylist()
    assert found[0] == found[1]


def test_a_decomposed_copy_is_a_duplicate(make_rows):
    text = PROSE.replace("the", "thé")
    rows = [{"doc_id": name, "status": "ok", "text": unicodedata.normalize(form, text)} for name, form in (("a", "NFC"), ("b", "NFD"))]
    result = filter_shard(make_rows("l0_raw", rows), FilterRules(), DedupRules(), NoDocuments())
    assert [row["method"] for row in result.tables["l1_duplicates"].to_pylist()] == ["exact"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_every_kind_of_line_end_is_one(end):
    assert clean(PROSE.replace("\n", end)) == clean(PROSE)


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2003", "\u202f"])
def test_white_space_beyond_ascii_parts_words(space):
    plain, other = (measure(["d"], [text]).signals.drop_columns(["tokens"]).to_pylist() for text in (PROSE, PROSE.replace(" ", space)))
    assert plain == other


def test_texts_without_an_address_are_not_one_site():
    note = "The authors of these pages have no interests that they need to declare here."
    texts = [f"{text}\n{note}" for text in list(FEATURES.values())[:8]]
    for nobody in (None, ""):
        lines = DomainLines(BoilerplateRules())
        lines.add(texts, [nobody] * 8)
        assert [cut.lines for cut in lines.repeated().cut(texts, [nobody] * 8)] == [0] * 8
    mixed = DomainLines(BoilerplateRules())
    mixed.add(texts, ["a.example"] * 6 + [None] * 2)
    assert [cut.lines for cut in mixed.repeated().cut(texts, ["a.example"] * 6 + [None] * 2)] == [1] * 6 + [0] * 2
