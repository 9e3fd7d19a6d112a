"""Chat shortenings and what each may stand for, all readings; which one fits is decided by the bank and the words beside it.

Written without marks, as the matcher compares. A reading of several words has blanks in it. Only what is common in chats
and on papers of offices stands here: a bank's own shortenings are found by their initials.
"""

from collections.abc import Mapping

from bot.text import fold

_LISTED = """
a: anh
bh: bảo hiểm, bao giờ, bây giờ
bit: biết
bn: bao nhiêu, bạn, bệnh nhân
bnhiu: bao nhiêu
bs: bác sĩ
bt: biết, bình thường
bv: bệnh viện
bx: bà xã
c: chị, có
chg: chồng
ck: chồng, chuyển khoản
cq: cơ quan
cug: cũng
cx: cũng
dag: đang
dki: đăng ký
dk: đăng ký, điều kiện, được
dky: đăng ký
đc: được, địa chỉ
dt: điện thoại
dtts: dân tộc thiểu số
dug: đừng, dùng
dzay: vậy
e: em
fai: phải
gd: gia đình, giáo dục
gdinh: gia đình
gv: giáo viên
h: giờ
hc: học
hd: hợp đồng, hướng dẫn
hdan: hướng dẫn
hk: không, hộ khẩu, học kỳ
hn: hôm nay, hộ nghèo
hong: không
hp: học phí
hs: hồ sơ, học sinh
hv: hội viên, học viên
ji: gì
k: không
kb: khai báo
kg: không
kh: không, khách hàng
khum: không
kt: kiểm tra, kinh tế
ktra: kiểm tra
lh: liên hệ
lm: làm
m: mình, mày
mik: mình
mk: mình, mật khẩu
mn: mọi người
mun: muốn
ncc: người có công
ng: người
nhcs: ngân hàng chính sách
nh: ngân hàng, nhiều
nhiu: nhiêu, nhiều
nk: nhập khẩu
ns: năm sinh, nói
nt: nhắn tin
nv: nguyện vọng, nhân viên
ntnao: như thế nào
oy: rồi
pn: phụ nữ
qd: quy định, quyết định
r: rồi
s: sao
sv: sinh viên
t: tôi
tc: trợ cấp
te: trẻ em
th: tháng, trường hợp
tk: tài khoản, tiết kiệm
tkvv: tiết kiệm và vay vốn
tl: trả lời
tnao: thế nào
tr: triệu, trước
trc: trước
trog: trong
ts: tuyển sinh, thai sản
tt: thông tin, thủ tục, thị trấn
ttin: thông tin
tv: tư vấn
uh: ừ
v: vậy
vk: vợ
vo: vào, vợ
vs: với, vệ sinh
wa: quá
xh: xã hội
xn: xác nhận
yc: yêu cầu
yt: y tế
z: vậy
"""


def _read(listed: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    readings: dict[str, tuple[tuple[str, ...], ...]] = {}
    for line in fold(listed).split("\n"):
        short, _, meant = line.partition(":")
        if meant:
            readings[short] = tuple(tuple(reading.split()) for reading in meant.split(","))
    return readings


READINGS = _read(_LISTED)
"""By shortening: the runs of words it may stand for."""
