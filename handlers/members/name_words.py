"""Whether words that could be spelled as a name are rather something else that she says: a wish, a question, a word of the Union's.

A name in the usual form, a family's before "thị" or "văn", is believed whatever follows: people are called Muốn, Hỏi and Được.
Every other text is no name where one of its words never is part of one; a word that may be ("lam", "tien", "bao") counts only with
its neighbours. Names of Khmer and Hoa families, single words, and all in small letters without marks, must pass.
"""

import re

from bot.keywords import Keywords
from bot.text import fold
from handlers.members import question_words

_MOST_WORDS = 6
_FAMILIES = Keywords(
    "nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô", "dương", "lý", "thạch", "danh", "đinh", "trương",
    "lưu", "trịnh", "quách", "lương", "liêu", "tăng", "sơn", "kim", "kiên", "châu", "lâm", "mai", "tạ", "thái", "đào", "đoàn", "hứa", "khưu", "lại", "mã", "mạc",
    "nghiêm", "ông", "phùng", "tiêu", "tô", "tôn", "tống", "triệu", "vương", "đàm", "giang", "hà", "cao", "chung", "diệp", "lục", "nhan", "khổng", "chau", "neáng",
    "thị",
)  # fmt: skip
_MIDDLE = Keywords("thị", "văn")
_SERVICES = re.compile(r"\bvan vay\b|\bvan (?:de|hoa|phong|ban)\b")  # "Tư vấn vay vốn", "từ văn phòng".

_NEVER = Keywords(
    "muốn", "gì", "vay", "xin", "cho", "giúp", "với", "nhờ", "không", "ko", "hông", "hong", "hổng", "chưa", "rồi", "nha", "nhé", "nghen", "ơi", "vậy", "hả", "tôi", "tui",
    "biết", "hiểu", "nghèo", "giấy", "được", "mua", "đăng", "ký", "bhyt", "bhxh", "cccd", "htx", "ocop", "đang", "bị", "đã", "đây", "kia", "thôi", "nữa", "mấy",
    "tại", "vì", "bao giờ", "hỏi", "trả", "lời", "menu", "alo", "hello", "huhu", "haha", "hihi", "test", "ok", "oke", "đủ", "nhiêu", "đâu", "thích", "lắm", "quá",
    "chán", "buồn", "mệt", "rảnh", "bận", "chờ", "chút", "xíu", "khỏi", "cần", "thẻ", "điện", "thoại", "số",
)  # fmt: skip
_UNMARKED_NAMES = Keywords(
    "hồng", "mây", "hới", "thể", "đậu", "cẩn", "kỳ", "ký", "sô", "điền", "được", "biết", "nhã"
)
"""What some of those are when they are written without marks: then they count only beside others."""

_PHRASES = Keywords(
    "vay vốn", "tiền điện", "có tiền", "bao nhiêu tiền", "mai mốt", "bảo hiểm", "y tế", "hội phí", "hội viên", "hộ nghèo", "cận nghèo", "thai sản", "trợ cấp", "hỗ trợ", "làm thẻ", "làm hồ sơ",
    "làm sao", "làm giấy", "khai sinh", "học nghề", "học phí", "lớp học", "việc làm", "họp hội", "họp chi hội", "đi họp", "đi học", "đi làm", "đi chợ", "bạo lực", "ly hôn",
    "chồng đánh", "con tôi", "con em", "chồng em", "chồng tôi", "nhà em", "nhà tôi", "vào hội", "vô hội", "ra hội", "sinh nhật", "sinh năm", "ở xã", "ở ấp", "cán bộ",
    "hợp tác xã", "khởi nghiệp", "nuôi heo", "nuôi bò", "trồng lúa", "bán hàng", "lừa đảo", "phụ nữ", "chi hội", "để coi", "để xem", "từ từ", "hỏi cán bộ", "em chào", "xin chào",
    "chào em", "chào chị", "cảm ơn", "cám ơn", "xin lỗi", "không biết chữ", "tên gì", "họ tên", "họ và tên",
)  # fmt: skip
_VOWEL = re.compile("[aeiouy\u1780-\u17ff]")


def is_none(words: str) -> bool:
    """Whether no name is in these words, which nothing stands round that a name does not have."""
    parts = question_words.bare(words)
    if not 0 < len(parts) <= _MOST_WORDS or not _VOWEL.search(fold(words)):
        return True
    is_usual = len(parts) > 2 and parts[0] in _FAMILIES and parts[1] in _MIDDLE
    if is_usual and not _SERVICES.search(fold(words)):
        return False
    if question_words.asks(words) or any(phrase in _PHRASES for phrase in question_words.phrases(words)):
        return True
    odd = [part for part in parts if part in _NEVER]
    if parts[0] in _FAMILIES or len(parts) == 1:
        odd = [part for part in odd if part not in _UNMARKED_NAMES]
    return bool(odd)
