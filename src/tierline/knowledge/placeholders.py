"""Tells values that say nothing: what a template, a program or a person writes where a value is not known."""

from __future__ import annotations

import re
import unicodedata

# "Not available", "not applicable", "unknown", "none", "to be announced" and the like. CLDR has no such words; they are those of data
# sheets and forms in the languages that the web has most of.
_KNOWN = frozenset(
    """n/a|n.a.|n.a|n/d|n.d.|n\\a|not available|not applicable|not known|not specified|not provided|not set|not found|no data|no value|
    none|null|undefined|unknown|unspecified|undisclosed|tbd|tba|tbc|t.b.d.|t.b.a.|to be determined|to be announced|
    to be confirmed|to be decided|to be defined|coming soon|invalid date|#n/a|#ref!|#value!|#name?|#div/0!|
    yyyy-mm-dd|dd/mm/yyyy|mm/dd/yyyy|dd.mm.yyyy|yyyy|lorem ipsum|
    unbekannt|keine angabe|keine angaben|k. a.|k.a.|nicht verfügbar|nicht bekannt|nicht angegeben|entfällt|
    inconnu|inconnue|non disponible|non renseigné|non communiqué|non précisé|aucun|aucune|
    desconocido|desconocida|no disponible|no aplica|sin datos|s/d|ninguno|ninguna|
    desconhecido|desconhecida|não disponível|não informado|sem dados|nenhum|nenhuma|
    sconosciuto|sconosciuta|non disponibile|non specificato|nessuno|nessuna|
    onbekend|niet beschikbaar|n.v.t.|nvt|nieznany|nieznana|brak|brak danych|nie dotyczy|
    okänd|okänt|ukjent|ukendt|tuntematon|neznámý|neznámá|není k dispozici|ismeretlen|necunoscut|bilinmiyor|belirtilmemiş|
    неизвестно|неизвестен|неизвестна|нет данных|не указано|не указан|н/д|невідомо|немає даних|
    άγνωστο|άγνωστος|غير معروف|غير متوفر|غير متاح|لا يوجد|نامشخص|לא ידוע|לא זמין|अज्ञात|उपलब्ध नहीं|
    未知|不明|不详|不詳|暂无|暫無|无|無|なし|未定|待定|未設定|非公開|
    미상|알 수 없음|없음|미정|해당 없음|không rõ|không có|chưa rõ|
    tidak diketahui|tidak ada|tidak tersedia|ไม่ทราบ|ไม่มี|ไม่ระบุ""".casefold()
    .replace("|\n    ", "|")
    .split("|")
)
_AS_WRITTEN = frozenset(("NA", "NaN", "nan", "NAN"))  # Na is sodium, Nan a town
# What a template engine or a program did not fill in: {{ price }}, {% price %}, ${price}, <%= price %>, [object Object], %PRICE%.
_UNFILLED = re.compile(r"\{\{[^{}]{0,80}\}\}|\{%[^{}]{0,80}%\}|[$#]\{[^{}]{0,80}\}|<[%?][^<>]{0,80}[%?]>|\[object [A-Za-z]{1,20}\]")
_NAME_ALONE = re.compile(r"%[A-Za-z_]+%|\[\[[\w .]+\]\]|__[A-Za-z_]+__|\{[A-Za-z_.]+\}|#[A-Z_]{2,}#")
_ZEROS = re.compile(r"0{7,}|00+(?:[ -]00+){2,}")
_SIGNS = frozenset("^~=+<>|`´¨¯")  # symbols by Unicode that say nothing alone


def is_placeholder(value: str) -> bool:
    """Whether a value says nothing: signs alone, a word for "unknown" or "none" in one of many languages, what a template or program
    left, or a long number of nothing but zeros."""
    written = " ".join(unicodedata.normalize("NFC", value).split())
    plain = written.casefold()
    if written in _AS_WRITTEN or plain in _KNOWN or plain.strip(" .…:;,!?()<>\"'*_–—-") in _KNOWN:
        return True
    if _UNFILLED.search(written) or _NAME_ALONE.fullmatch(written) or _ZEROS.fullmatch(written):
        return True
    return not any(unicodedata.category(character)[0] in "LNS" and character not in _SIGNS for character in written)
