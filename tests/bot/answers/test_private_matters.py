"""What stays between her and the assistant, and what officers are to read: both as members write it."""

from pathlib import Path

import pytest

from bot.answers.private_matters import PrivateMatters
from bot.errors import ContentError
from tests import content

PRIVATE = """
ông xã đang giận em nên em hổng đi
anh xã em cấm cửa không cho ra khỏi nhà
chồng không thích em đi họp, đi về là gây
chồng không cho đi em ơi
chong em ko cho di, di la kiem chuyen
em đi là ổng ghen ổng chửi
em với chồng thôi nhau rồi
chong bo roi, em buon khong muon gap ai
chồng em cặp với con nhỏ khác
chong em co nguoi khac
chong em ruou che toi ngay
ổng xỉn về quậy
em đang nợ tiền hụi
em no ngap dau
xã hội đen tới nhà đòi tiền
em thiếu nợ tùm lum
em cấn bầu hai tháng
em đang ốm nghén ói quá
em bầu bì đi không nổi
em mang thai gan ngay sanh
e tre kinh chac co bau
em bị hư thai tuần rồi
em bị băng huyết mới ra viện
em bi viem phu khoa
em bị u vú đang chờ mổ
em đi hóa trị trên Sài Gòn
em bị lao phổi
em nhiem hiv
con em xai ma tuy
thang con di cai nghien
em bị bệnh xã hội
em bi benh kin
em bị trầm cảm sau sanh
em dang uong thuoc tam than
chồng em đánh đề thua hết
vợ chồng em gây lộn hoài
nhà chồng em khó khăn lắm, không cho đi
em dang ra toa ly di
em đi đình chỉ thai
em mới đi nạo
em moi bo cai thai
em mới sinh mổ còn đau
em không đi được vì chồng ghen
em ko di dc vi ck ghen
chồng em ghen lắm
ong xa em hay ghen
ổng không cho em đi họp
chong em khong cho di
ck em cấm đi đâu hết á
bữa nay vợ chồng em cãi lộn
vo chong em cai nhau hoai
em sợ chồng nên không đi được
em so chong nen khong di duoc
em mới ly hôn nên không đi được
em dang lam thu tuc li di
tụi em ly thân rồi
mai em phải ra tòa
mai em phai ra toa
chồng em có bồ, em buồn quá
chong em ngoai tinh
ổng theo vợ bé bỏ mẹ con em
má chồng em chửi hoài
me chong em kho tinh lam khong di duoc
gia dinh em luc duc
nhà em dạo này vợ chồng trục trặc
chồng nhậu say hoài nên em không đi
chong em nhau say toi ngay
chong e xin suot
ổng uống rượu quậy ở nhà
chồng em đánh bài thua hết tiền
ba sấp nhỏ nát rượu
nhà em mắc nợ nhiều quá
em dang tron no
em thieu no nguoi ta nen khong dam ra
người ta tới đòi nợ
em lo vay nóng trả không nổi
em bi be hui
em đang có bầu
em co bau may thang roi
em mới sẩy thai
em moi xay thai
em đi phá thai
em tre kinh may bua
em di dat vong
em bị ngứa vùng kín nên không đi
em bi ngua vung kin nen khong di
em không đi được, em bị bệnh phụ khoa
em bi hiv
chồng em bị HIV
mẹ em bị ung thư
em bi u xo tu cung
em đi chạy thận
em bị trĩ
em mới mổ nên còn yếu
em bi tram cam
em rong kinh hoai
con trai em nghien ma tuy
chồng em đi tù rồi
ប្តីខ្ញុំប្រច័ណ្ឌ
ខ្ញុំមានផ្ទៃពោះ
ខ្ញុំជំពាក់បំណុលគេ
ប្តីខ្ញុំស្រវឹង ខ្ញុំទៅមិនបាន
ខ្ញុំលែងលះប្ដីហើយ
em hiem muon di chay thuoc
chồng em bỏ đi rồi
chong em lang nhang
em bị chồng la
em hut ma tuy
em bị viêm gan
em bi tieu duong
chồng em xĩn tối ngày
"""

HARMLESS = """
em mắc trông cháu nội
em giữ em bé cho chị hai
cháu ngoại em nóng sốt
con em di nha tre chua ve
em đi cắt lúa mướn
mắc tát đìa
em be bắp mướn
mai em di cay lua
em mac xit thuoc
nhà em đám hỏi con gái
hàng xóm có đám ma em phụ nấu ăn
bữa đó giỗ ông nội
em đi viếng đám tang
em bán vé số tới chiều
em ban hu tieu buoi sang
em đi làm công ty tăng ca
em lam ca dem
ghe hư em không qua sông được
em không có ai chở
em bị trặc chân
em bị ho
em đau răng
đang bị cảm cúm
em bận đi khám bệnh ở tỉnh
em đưa ba em đi tái khám
ba chồng em mới mất
chồng em mất rồi, em ở một mình với con
chồng em đi ghe biển chưa về
chồng em bận, em đi thay được không
em hỏi chồng em cái đã
để em hỏi ông xã
em xin nghỉ bữa nay
em mắc họp phụ huynh
em đi đóng tiền điện
em đi họp tổ vay vốn
em mac ve ben ngoai
em di cung le chua
mai em di chua Sene Dolta
tui gia roi di khong noi
em lớn tuổi chân yếu
em đi sớm được không chị
em mang theo bau nuoc duoc khong
nhà em đang cất
em đi chăn bò
em no lam an bi
em di vay von
em đi nộp hồ sơ hộ nghèo
bo em mua hoa roi chua
mẹ chồng em đi thay em
me chong em dau
nha chong em o xa
em có bầu bạn đi chung
ma tuy nhien em van di
chồng em cho đi rồi
ong xa em khong ranh cho em di
em mắc giữ cháu
em giu chau
em phai o nha giu chau ngoai
con em bệnh
con em bi sot 39 do
thang nho em bi sot
con nhỏ nhà em đang nằm viện
em đi chợ bán rau
em ban ca ngoai cho
nhà em có đám tang
nha co dam gio
mai em đi đám cưới
em mắc gặt lúa
em mac cat lua
chồng em đang xịt thuốc lúa
chong em say lua
chồng em đi làm xa
chồng em đi làm xa, em phải coi con
chong em di bien
chồng em đi được
vợ chồng em đi chung
vo chong em cung di
chong em co bo moi sanh
nhà em có bò đẻ
con heo nái có chửa
heo nai em sap sanh
em ban nuoi tom
em say xe
em bị say xe không đi xa được
em mắc nấu cơm
em cảm rồi
em nhức đầu quá
dạ em đau lưng
dau lung qua
em phải đưa mẹ đi bệnh viện
em nuôi má nằm viện
em tới trễ chút
em không có xe
trời mưa em không đi được
em hết tiền đổ xăng
em đi trả nợ ngân hàng rồi tới
em đi đóng lãi ngân hàng
bữa đó có bầu cử trưởng ấp
em ban bau bi ngoai cho
em di mua vong hoa
hom do co bac si kham khong
em đăng ký khám ung thư vú
em di tap huan phong chong ma tuy
em dự lớp phòng chống bạo lực
phu nu tre kinh doanh
chong em lam gian bau
má chồng em kho cá
chong em bo phan
dạ em đi được ghen
ông xã em chở đi
chong em co di duoc khong cho em hoi
em mac do quan ao cho con
toi thang sau em di
em di dam day thang
con dâu em mới sanh
em dua con di hoc
em đi chích ngừa cho con
em ve ngoai cung ong ba
em co chuyen nha
em kẹt chuyện gia đình
nước ngập em đi hổng được
em đi hái nấm rơm
so chong em la so nay
em ở nhà thôi chồng em đi
em rảnh mà tuy xa em cũng đi
em mặc nó không vừa
ខ្ញុំរវល់មើលកូន
កូនខ្ញុំឈឺ
ខ្ញុំទៅផ្សារ
ខ្ញុំច្រូតស្រូវ
"""


def _lines(listed: str) -> list[str]:
    return [line for line in listed.split("\n") if line]


@pytest.mark.parametrize("said", _lines(PRIVATE))
def test_a_private_matter_is_heard(said: str) -> None:
    assert content.private_matters().are_in(said)


@pytest.mark.parametrize("said", _lines(HARMLESS))
def test_what_keeps_people_at_home_is_no_private_matter(said: str) -> None:
    assert not content.private_matters().are_in(said)


@pytest.mark.parametrize("said", ["", "   ", "👍", "...", "a" * 100_000, "chồng " * 20_000, "\u200b\u17d2"])
def test_any_text_is_taken(said: str) -> None:
    assert not content.private_matters().are_in(said)


def test_a_file_with_a_wrong_phrase_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "private.vi.yaml"
    path.write_text(
        "version: 1\ngroups: {}\nspellings: {}\nexceptions: []\nphrases:\n  - ly hôn\n  - <nhom_la> hoài\n"
        "phrases_with_marks: []\nphrases_km: []\n",
        "utf-8",
    )
    with pytest.raises(ContentError) as refused:
        PrivateMatters.load(path)
    assert "dòng 7" in str(refused.value)
