"""What she may be called, and what she says instead of her name. All names are invented."""

import pytest

from bot.people.parsing import parse_name
from handlers.members import name_words

NAMES = """
Nguyễn Thị Lan|nguyen thi lan|TRAN THI NGOC|Trần Ngọc Ánh Tuyết|Nguyễn Thị Út Hai|Phan Thị Năm|phan thi nam|Võ Thị Tư|Tống Thị Chín|Hứa Thị Mười
Thạch Thị Sa Rây|thach thi sa ray|Kim Sa Vươn|kim sa vuon|Sơn Thị Sà Phi|son thi sa phi|Thạch Sa Ruôn|thach sa von|Kiên Thị Sô Phia|Liêu Sa Rết
Danh Thị Hồng|danh hong|Danh Sà Rinh|Sơn Na Ri|Lý Sa Ma Ly|Kim Thị Sa Rươn|Dương Sà Vong|Neáng Kim|Chau Sóc Kha|Sà Phol
Lý Thị Được|ly thi duoc|Trần Thị Muốn|tran thi muon|Châu Thị Hỏi|Cao Thị Xin|Huỳnh Thị Không|do thi chua|Nguyễn Thị Sao|to thi can
Huỳnh Em|huynh em|Bé Sáu|be sau|Út Nhỏ|Tư Hường|Lan|lan|hoa|Mai
lam thi my tien|Lâm Mỹ Tiên|my tien|mai thi may|Lê Mây|le thi dau|Ngô Thị Ký|hồ thị hội|quach thi the|Tăng Thị Bảo
Khổng Thị Thơ|khong thi tho|Mã Tú Linh|Diệp Muối|tran chi|Hà Anh|Đặng Kim Chi|Thị Ngọc Hà|thi ne|to nu
ខៀវ សុភា|ថាច់ សុខា|em tên Lan|tôi là Nguyễn Thị Hoa|dạ em tên là thach thi mai ạ|ten tui la Ba Hòa
"""  # fmt: skip

NO_NAMES = """
toi muon vay von|tôi muốn vay vốn|em muon hoi|cho hoi vay von|vay von|vay vốn nuôi heo|tu van vay von|vay duoc bao nhieu|xin tien|bao gio co tien
bhyt|bao hiem y te|the bao hiem y te o dau lam|lam the bao hiem|mua the o dau|htx|hoi phi|hoi phi bao nhieu|ho ngheo|ho ngheo duoc gi
can ngheo|mai hop may gio|mai hop hoi|di hop duoc khong|khi nao hop|chau muon hoi|toi khong biet|khong biet chu|chua biet|de coi
de lam gi|lam sao|o dau vay|co ai khong|tai sao phai ghi ten|sao phai ghi ho ten|em ten gi|ten gi|ho va ten|khong muon noi
hong cho|ko cho dau|cho em suy nghi|cho chut|thoi khoi|em dang ban|ban roi|toi met qua|de mai mot|chi di cho
dang ky|dang ki hoi vien|toi thich vo hoi|vo hoi duoc gi|phu nu|toi o xa Dai Hai|tui 45 tuoi|năm 1985|0912345678|...
em chao chi|chao em|cam on em|alo|alo chi oi|ok|oke em|menu|test|huhu
con toi bi benh|chong danh toi|chong em di lam xa|giup em voi|nho chi giup|hoc nghe|nuoi bo|lua dao|ly hon|tro cap don than
🙂|ខ្ញុំចង់ខ្ចីលុយ|តើឈ្មោះអ្វី|xin giay
"""  # fmt: skip


def listed(table: str) -> list[str]:
    return [words for line in table.strip().splitlines() for words in line.split("|")]


@pytest.mark.parametrize("name", listed(NAMES))
def test_a_name_is_taken_however_it_is_written(name: str) -> None:
    taken = parse_name(name)
    assert taken is not None
    assert not name_words.is_none(taken)


@pytest.mark.parametrize("words", listed(NO_NAMES))
def test_what_is_no_name_is_not_taken_for_one(words: str) -> None:
    taken = parse_name(words)
    assert taken is None or name_words.is_none(taken)
