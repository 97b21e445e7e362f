"""Pages in every encoding that the web has used, labeled by the server, by the page or not at all, with the text that each holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

GERMAN = (
    "Die alte Brücke über den Fluß wurde von Maurern aus dem Nachbardorf gebaut. Jedes Frühjahr steigt das Wasser bis zum zweiten Bogen, "
    "und die Leute prüfen die Pfeiler mit großer Sorgfalt. Für die Müller am anderen Ufer war der Weg über die Brücke früher der kürzeste."
)
FRENCH = (
    "Le vieux pont a été bâti par les maçons du village voisin. Chaque année, au printemps, l'eau s'élève jusqu'à la deuxième arche, "
    "et les habitants vérifient les piles avec soin. Le péage coûtait jadis dix œufs ; aujourd'hui, le garde demande un €."
)
POLISH = (
    "Stary most nad rzeką zbudowali murarze z sąsiedniej wsi. Każdej wiosny woda podnosi się aż do drugiego łuku, a mieszkańcy starannie "
    "sprawdzają filary. Dawniej młynarz pobierał opłatę za przejście; dziś most jest otwarty dla wszystkich, także dla ciężkich wozów."
)
CZECH = (
    "Starý most přes řeku postavili zedníci ze sousední vesnice. Každé jaro stoupne voda až k druhému oblouku a lidé pečlivě kontrolují "
    "pilíře. Dříve vybíral mlynář za přechod poplatek; dnes je most otevřen všem, také těžkým vozům a koňským povozům."
)
HUNGARIAN = (
    "A folyó régi hídját a szomszéd falu kőművesei építették. A víz minden tavasszal a második ívig emelkedik, és a lakók gondosan "
    "megvizsgálják a pilléreket. Régen a molnár vámot szedett az átkelésért; ma már bárki szabadon használhatja, a nehéz szekerek is."
)
ROMANIAN = (
    "Podul vechi peste râu a fost construit de zidarii din satul vecin. În fiecare primăvară apa crește până la al doilea arc, iar "
    "oamenii verifică stâlpii cu grijă. Odinioară morarul lua taxă pentru trecere; astăzi podul este deschis tuturor și căruțelor grele."
)
MALTESE = (
    "Il-pont il-qadim fuq ix-xmara nbena minn bennejja tar-raħal ta' ħdejh. Kull rebbiegħa l-ilma jogħla sat-tieni ħnejja, u n-nies "
    "jiċċekkjaw il-pilastri b'attenzjoni kbira. Żmien ilu kulħadd kien iħallas biex jgħaddi; illum il-pont huwa miftuħ għal kulħadd."
)
ESTONIAN = (
    "Vana silla üle jõe ehitasid naaberküla müürsepad. Igal kevadel tõuseb vesi teise kaareni ja külarahvas kontrollib hoolikalt sambaid. "
    "Vanasti võttis mölder ülesõidu eest tasu; tänapäeval on sild avatud kõigile, ka žürii liikmetele ja rasketele veokitele."
)
LATVIAN = (
    "Veco tiltu pār upi uzcēla kaimiņu ciema mūrnieki. Katru pavasari ūdens paceļas līdz otrajai arkai, un iedzīvotāji rūpīgi pārbauda "
    "balstus. Agrāk dzirnavnieks par pāreju ņēma maksu; tagad tilts ir atvērts visiem, arī smagiem ratiem un gājējiem ar ļoti lielu nastu."
)
LITHUANIAN = (
    "Senąjį tiltą per upę pastatė kaimyninio kaimo mūrininkai. Kiekvieną pavasarį vanduo pakyla iki antrosios arkos, o žmonės rūpestingai "
    "tikrina atramas. Anksčiau malūnininkas už perėjimą imdavo mokestį; šiandien tiltas atviras visiems, taip pat sunkiems vežimams."
)
ICELANDIC = (
    "Gömlu brúna yfir ána byggðu múrarar úr næsta þorpi. Á hverju vori hækkar vatnið upp að öðrum boganum og fólkið skoðar stöplana "
    "vandlega. Áður fyrr tók malarinn gjald fyrir ferðina yfir; nú er brúin opin öllum, líka þungum vögnum og þreyttum ferðamönnum."
)
WELSH = (
    "Seiri maen o'r pentref nesaf a gododd yr hen bont dros yr afon. Bob gwanwyn mae'r dŵr yn codi hyd at yr ail fwa, ac mae'r bobl yn "
    "archwilio'r pileri'n ofalus. Ers talwm byddai'r melinydd yn codi tâl; heddiw mae'r bont ar agor i bawb, hyd yn oed i ŵyn a gwŷr y tŷ."
)
TURKISH = (
    "Nehrin üzerindeki eski köprüyü komşu köyün taş ustaları yaptı. Her ilkbaharda su ikinci kemere kadar yükselir ve köylüler ayakları "
    "dikkatle gözden geçirir. Eskiden değirmenci geçiş için ücret alırdı; bugün köprü ağır arabalar dâhil herkese açıktır."
)
RUSSIAN = (
    "Старый мост через реку построили каменщики из соседней деревни. Каждую весну вода поднимается до второй арки, и жители внимательно "
    "осматривают опоры. Раньше мельник брал плату за переход; теперь мост открыт для всех, даже для тяжёлых телег."
)
UKRAINIAN = (
    "Старий міст через річку збудували муляри із сусіднього села. Щовесни вода піднімається до другої арки, і мешканці уважно оглядають "
    "опори. Колись мірошник брав платню за перехід; тепер міст відкритий для всіх, навіть для важких возів, і ґанок його підновили."
)
BULGARIAN = (
    "Старият мост над реката е построен от зидари от съседното село. Всяка пролет водата се покачва до втората арка и хората внимателно "
    "проверяват колоните. Някога воденичарят взимал такса за преминаване; днес мостът е отворен за всички, дори за тежки каруци."
)
GREEK = (
    "Την παλιά γέφυρα πάνω από το ποτάμι την έχτισαν μάστορες από το διπλανό χωριό. Κάθε άνοιξη το νερό ανεβαίνει ως τη δεύτερη καμάρα "
    "και οι κάτοικοι ελέγχουν προσεκτικά τα βάθρα. Άλλοτε ο μυλωνάς έπαιρνε διόδια· σήμερα η γέφυρα είναι ανοιχτή για όλους."
)
ARABIC = (
    "بنى الجسر القديم فوق النهر بناؤون من القرية المجاورة. في كل ربيع يرتفع الماء حتى القوس الثاني، ويفحص الأهالي الأعمدة بعناية. "
    "كان الطحان يأخذ أجرة على العبور في الماضي، أما اليوم فالجسر مفتوح للجميع، حتى للعربات الثقيلة."
)
PERSIAN = (
    "پل قدیمی روی رودخانه را بنایان روستای همسایه ساختند. هر بهار آب تا طاق دوم بالا می‌آید و مردم پایه‌ها را با دقت بررسی می‌کنند. "
    "در گذشته آسیابان برای گذر از پل مزد می‌گرفت، اما امروز راه برای همه باز است، حتی برای گاری‌های سنگین."
).replace("ی", "ي")  # code page 1256 has the Arabic letter alone, and Persian pages used it
HEBREW = (
    "את הגשר הישן מעל הנהר בנו בנאים מן הכפר השכן. בכל אביב עולים המים עד לקשת השנייה, והתושבים בודקים את העמודים בקפידה. "
    "בעבר גבה הטוחן תשלום על המעבר, והיום הגשר פתוח לכולם, גם לעגלות כבדות ולעדרי כבשים."
)
VIETNAMESE = (
    "Cây cầu cũ bắc qua sông do thợ nề làng bên xây nên. Mỗi mùa xuân nước dâng đến vòm thứ hai, và người dân kiểm tra các trụ cầu rất "
    "cẩn thận. Ngày xưa ông chủ cối xay thu tiền qua cầu; bây giờ cầu mở cho tất cả mọi người, kể cả những xe chở nặng."
)
THAI = (
    "สะพานเก่าข้ามแม่น้ำสร้างโดยช่างก่ออิฐจากหมู่บ้านข้างเคียง ทุกฤดูใบไม้ผลิน้ำจะขึ้นถึงซุ้มที่สอง และชาวบ้านจะตรวจดูเสาอย่างระมัดระวัง "
    "เมื่อก่อนเจ้าของโรงสีเก็บค่าผ่านทาง แต่วันนี้สะพานเปิดให้ทุกคนใช้ได้ แม้แต่เกวียนที่บรรทุกของหนัก"
)
JAPANESE = (
    "古い橋は隣の村の石工によって建てられました。毎年春になると水は二番目のアーチまで上がります。住民は橋脚を丁寧に調べます。"
    "昔は水車小屋の主人が通行料を取っていましたが、今では重い荷車も含めて誰でも自由に渡ることができます。"
)
JAPANESE_OF_WINDOWS = (
    "古い橋の見どころは三つあります。①石工の髙橋さんが刻んだ名前、②二番目のアーチの水位の印、③水車小屋の跡です。"
    "案内所（℡は看板にあります）では、住民が毎年春に橋脚を調べる様子の写真を見ることができます。"
)
KOREAN = (
    "오래된 다리는 이웃 마을의 석공들이 지었습니다. 매년 봄이 되면 물이 두 번째 아치까지 올라오고, 주민들은 기둥을 꼼꼼히 살펴봅니다. "
    "예전에는 방앗간 주인이 통행료를 받았지만, 지금은 무거운 수레를 끄는 사람도 누구나 자유롭게 건널 수 있습니다."
)
KOREAN_OF_WINDOWS = (
    "오래된 다리 옆 가게에서는 펲시와 똠얌 국수를 팝니다. 매년 봄이 되면 물이 두 번째 아치까지 올라옵니다. "
    "주민들은 기둥을 꼼꼼히 살펴봅니다. 아이들은 햏햏 웃으며 다리를 건너고, 방앗간 주인은 이제 통행료를 받지 않습니다."
)
CHINESE = (
    "河上的老桥是邻村的石匠修建的。每年春天，河水上涨到第二个桥拱，村民们都会仔细检查桥墩。"
    "从前磨坊主向过桥的人收费，现在这座桥对所有人开放，连装满货物的大车也可以自由通行。"
)
CHINESE_OF_WINDOWS = (
    "河上的老桥是镕村的石匠修建的，工头姓喆，镇上的人都记得他。每年春天，河水上涨到第二个桥拱，村民们都会仔细检查桥墩。"
    "从前磨坊主向过桥的人收费，現在這座橋對所有人開放。"
)
CHINESE_OF_2005 = (
    "河上的老桥是㑇村的石匠修建的，桥头的石碑上刻着一个生僻字：𠮷。每年春天，河水上涨到第二个桥拱，村民们都会仔细检查桥墩，价格写作€。"
)
TAIWANESE = (
    "河上的老橋是鄰村的石匠修建的。每年春天，河水上漲到第二個橋拱，村民們都會仔細檢查橋墩。"
    "從前磨坊主人向過橋的人收費，現在這座橋對所有人開放，連裝滿貨物的大車也可以自由通行。"
)
CANTONESE = (
    "河上嘅舊橋係隔籬村嘅石匠起嘅。每年春天，河水會升到第二個橋拱，村民哋都會仔細檢查橋墩。"
    "以前磨坊主人喺橋頭收過路費，而家呢條橋開放畀所有人，連裝滿貨物嘅大車都可以行過去，咁樣好方便，冇人再嘈喇。"
)
HINDI = (
    "नदी पर बना पुराना पुल पड़ोसी गाँव के राजमिस्त्रियों ने बनाया था। हर वसंत में पानी दूसरी मेहराब तक चढ़ जाता है, और लोग खंभों की सावधानी से जाँच करते हैं। "
    "पहले चक्की का मालिक पार जाने का शुल्क लेता था; आज पुल सबके लिए खुला है।"
)

# Labels as pages spell them, Python's codec of the encoding that browsers mean by it, and prose that the encoding was made for.
ENCODINGS = (
    ("utf-8", "utf-8", HINDI),
    ("UTF8", "utf-8", VIETNAMESE),
    ("windows-1252", "cp1252", FRENCH),
    ("iso-8859-1", "cp1252", GERMAN),
    ("us-ascii", "cp1252", GERMAN),
    ("iso-8859-15", "iso8859-15", FRENCH),
    ("macintosh", "mac-roman", GERMAN),
    ("iso-8859-2", "iso8859-2", POLISH),
    ("latin2", "iso8859-2", HUNGARIAN),
    ("windows-1250", "cp1250", CZECH),
    ("cp1250", "cp1250", POLISH),
    ("iso-8859-16", "iso8859-16", ROMANIAN),
    ("iso-8859-3", "iso8859-3", MALTESE),
    ("iso-8859-4", "iso8859-4", LATVIAN),
    ("windows-1257", "cp1257", LITHUANIAN),
    ("iso-8859-13", "iso8859-13", ESTONIAN),
    ("iso-8859-10", "iso8859-10", ICELANDIC),
    ("iso-8859-14", "iso8859-14", WELSH),
    ("windows-1254", "cp1254", TURKISH),
    ("iso-8859-9", "cp1254", TURKISH),
    ("windows-1251", "cp1251", BULGARIAN),
    ("cp1251", "cp1251", UKRAINIAN),
    ("iso-8859-5", "iso8859-5", RUSSIAN),
    ("koi8-r", "koi8-r", RUSSIAN),
    ("koi8-u", "koi8-u", UKRAINIAN),
    ("ibm866", "cp866", RUSSIAN),
    ("x-mac-cyrillic", "mac-cyrillic", RUSSIAN),
    ("windows-1253", "cp1253", GREEK),
    ("iso-8859-7", "iso8859-7", GREEK),
    ("windows-1256", "cp1256", PERSIAN),
    ("iso-8859-6", "iso8859-6", ARABIC),
    ("windows-1255", "cp1255", HEBREW),
    ("iso-8859-8", "iso8859-8", HEBREW),
    ("iso-8859-8-i", "iso8859-8", HEBREW),
    ("windows-1258", "cp1258", VIETNAMESE),
    ("windows-874", "cp874", THAI),
    ("tis-620", "cp874", THAI),
    ("shift_jis", "cp932", JAPANESE),
    ("x-sjis", "cp932", JAPANESE_OF_WINDOWS),
    ("euc-jp", "euc-jp", JAPANESE),
    ("iso-2022-jp", "iso2022-jp", JAPANESE),
    ("euc-kr", "cp949", KOREAN),
    ("ks_c_5601-1987", "cp949", KOREAN_OF_WINDOWS),
    ("iso-2022-kr", "iso2022-kr", KOREAN),
    ("gb2312", "gb18030", CHINESE),
    ("gbk", "gb18030", CHINESE_OF_WINDOWS),
    ("gb18030", "gb18030", CHINESE_OF_2005),
    ("hz-gb-2312", "hz", CHINESE),
    ("big5", "big5hkscs", TAIWANESE),
    ("big5-hkscs", "big5hkscs", CANTONESE),
)
WIDE = (("utf-16le", "utf-16-le"), ("utf-16be", "utf-16-be"), ("utf-32le", "utf-32-le"), ("utf-32be", "utf-32-be"))
# The detector of browsers does not know these, or takes them for their neighbors: without a label nothing says what their bytes mean.
UNDETECTABLE = frozenset({"macintosh", "x-mac-cyrillic", "windows-1257", *(f"iso-8859-{part}" for part in (3, 10, 13, 14, 15, 16))})


class CharsetPage(NamedTuple):
    """A page as a server sends it, and what has to be in its text."""

    label: str  # the encoding and how it is said: "koi8-r, header", "koi8-r, meta", "koi8-r, none", "utf-16le, mark"
    content_type: str  # the HTTP header
    body: bytes
    text: str  # one paragraph


def charset_pages() -> Iterator[CharsetPage]:
    """Every encoding with its label in the header, in the page and, where that can be told, without any; 16 and 32 bits a unit too."""
    for label, codec, prose in ENCODINGS:
        text = _separate_tones(prose) if codec == "cp1258" else prose
        yield CharsetPage(f"{label}, header", f"text/html; charset={label}", _page(text).encode(codec), text)
        yield CharsetPage(f"{label}, meta", "text/html", _page(text, f'<meta charset="{label}">').encode(codec), text)
        if label not in UNDETECTABLE:
            yield CharsetPage(f"{label}, none", "text/html", _page(text).encode(codec), text)
    for label, codec in WIDE:
        for prose in (GERMAN, JAPANESE):
            yield CharsetPage(f"{label}, header", f"text/html; charset={label}", _page(prose).encode(codec), prose)
            yield CharsetPage(f"{label}, mark", "text/html", _page(prose, start="\ufeff").encode(codec), prose)
            yield CharsetPage(f"{label}, none", "text/html", _page(prose).encode(codec), prose)


def _page(prose: str, head: str = "", start: str = "") -> str:
    return f"{start}<!DOCTYPE html><html><head>{head}<title>T</title></head><body><article><h1>H</h1><p>{prose}</p></article></body></html>"


def _separate_tones(text: str) -> str:
    """Vietnamese as code page 1258 has it: a letter with its quality, then the tone as a mark of its own."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in tones)
        letters.append(unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + tone)
    return "".join(letters)
