"""What women might ask that the FAQ does not answer: each line one need, in the words of several of them. All invented."""

_LINES = """
may khau cua hoi con cho muon khong chi | hội có cho mượn máy khâu không | muon may may cua hoi phu nu o dau | cho em muon cai may khau voi | may khau hoi cho muon con k chi | mượn máy may của Hội thì hỏi ai
lop nau an thang nay co mo khong | hội có mở lớp nấu ăn không ạ | lop day nau an bao gio khai giang | em muon hoc nau an dang ky o dau | lop nau an hoc may buoi
may gio van phong hoi mo cua | văn phòng hội phụ nữ làm việc mấy giờ | thu bay van phong co lam khong | van phong hoi chieu mo den may gio | giờ làm việc của văn phòng Hội
xin giay xac nhan ho ngheo o dau | làm giấy xác nhận hộ nghèo cần gì | giay chung nhan ho can ngheo xin ai | mat giay xac nhan ho ngheo lam lai dc k | xin xac nhan ho ngheo cho con di hoc
nuoc may o ap bi duc ca tuan | nước sinh hoạt đục quá hỏi ai | nuoc may duc ngau khong dung duoc | bao gio co nuoc sach ve ap
con em hoc truong mam non nao con nhan | trường mầm non xã còn nhận bé không | gui tre 18 thang o dau | nha tre co nhan be 18 thang khong | xin cho be vao lop mam non
giay khai sinh lam tre co bi phat khong | làm khai sinh trễ hạn có bị phạt tiền không | con 2 tuoi chua lam khai sinh gio sao | khai sinh tre phat bao nhieu
trong nam rom ban cho ai | hội có thu mua nấm rơm không | nam rom nha em khong ai mua | ban nam rom o dau gia tot
chi hoi truong ap em ten gi | số điện thoại chi hội trưởng ấp 3 | chi hoi truong la ai vay chi | cho xin sdt chi hoi truong | gặp chi hội trưởng ở đâu
the bao hiem y te het han gia han o dau | gia hạn thẻ bảo hiểm y tế | the bhyt het han roi lam sao | doi the bhyt bi mat | mất thẻ bảo hiểm y tế làm lại ở đâu
heo bi dich ta duoc ho tro gi | dịch tả heo châu phi nhà nước hỗ trợ bao nhiêu | heo chet dich bao cho ai | nha em heo chet het co duoc boi thuong k
lop hoc bong chuyen phu nu | đội bóng chuyền nữ tập ở đâu | em muon vao doi bong chuyen cua xa | bóng chuyền nữ còn nhận người không
qua tet cho ho ngheo khi nao phat | hội phát quà tết ngày nào | tet nay co qua khong chi | nhan qua tet o dau | danh sách nhận quà tết có tên em không
xe dap cho hoc sinh ngheo xin o dau | con em di hoc xa xin xe dap | chương trình tặng xe đạp cho học sinh | xin xe đạp cho bé
nghe lam toc hoc o dau mien phi | hoc lam mong mien phi cho phu nu | lớp dạy làm tóc miễn phí | day nghe lam mong toc co phi khong
cuoi dan toc khmer lam o chua duoc khong | đám cưới ở chùa có cần xin phép không | lam dam cuoi o chua xin phep ai
muon lam to hop tac det chieu | tổ hợp tác dệt chiếu vô bằng cách nào | vao to det chieu duoc hong chi | det chieu ban cho hop tac xa
thuoc xit muoi phat o dau | bao gio xit muoi o ap | xã có phun thuốc muỗi không | phun muoi sot xuat huyet ngay nao
em muon ban hang online ai day | lớp bán hàng trên mạng cho chị em | day ban hang facebook tiktok | học livestream bán hàng ở đâu
nguoi gia 80 tuoi duoc tro cap bao nhieu | mẹ em 80 tuổi lãnh tiền người già | tro cap nguoi cao tuoi 80 | bà ngoại 82 tuổi xin trợ cấp ở đâu
den duong ap em hu | đèn đường hư báo ai sửa | den duong tat hai tuan nay roi
bo rac o dau xe khong vao ap | xe rác không vô ấp | rac nhieu qua khong ai gom | tiền rác đóng bao nhiêu
lay chong nuoc ngoai can giay gi | kết hôn với người Hàn Quốc làm giấy ở đâu | giấy độc thân để kết hôn nước ngoài | cuoi chong dai loan thu tuc sao
vac xin hpv cho con gai tiem o dau | chích ngừa ung thư cổ tử cung cho bé | tiem hpv gia bao nhieu | con gai 12 tuoi chich hpv mien phi khong
so ho khau giay con dung duoc khong | bỏ sổ hộ khẩu rồi dùng gì | ho khau giay thu lai roi lam sao
tach ho cho con ra rieng | thủ tục tách hộ khẩu cho vợ chồng trẻ | tach ho khau can chong ky khong
phu cap can bo chi hoi bao nhieu | chi hội trưởng được lãnh phụ cấp bao nhiêu | phu cap chi hoi pho
doi nuoc man ho tro binh chua | hạn mặn xin bồn chứa nước | hội cho bồn nước không chị | bon chua nuoc ngot ho ngheo
ខ្ញុំចង់ខ្ចីម៉ាស៊ីនដេរ | អាចខ្ចីម៉ាស៊ីនដេរបានទេ
ការិយាល័យបើកម៉ោងប៉ុន្មាន | ការិយាល័យសមាគមបើកម៉ោងណា
ho boi cho tre em o dau | dạy bơi cho trẻ em hè này | lop day boi he | bé 7 tuổi học bơi ở đâu
vay tien nong bi doi no | vay app bị gọi điện đòi nợ | vay qua app lai cao qua gio sao | app cho vay doi no hoai
hop phu nu ngay 8/3 o dau | 8 thang 3 hoi to chuc gi | mít tinh 8/3 mấy giờ
ao dai cho muon dien van nghe | mượn áo dài biểu diễn | muon ao dai hoi dien van nghe
thi gia dinh hanh phuc dang ky | hội thi gia đình hạnh phúc nộp bài ở đâu
cay giong mien phi cho ho ngheo | xin cây giống trồng vườn | hoi co cap cay giong khong
ga giong vit giong ho tro | hội cho gà giống không | xin ga giong ve nuoi
xay nha tinh thuong | mái ấm tình thương xin ở đâu | nha dot qua xin xay nha tinh thuong | hội xây nhà cho hộ nghèo
kham phu khoa mien phi ngay nao | khi nào có khám phụ khoa miễn phí | doan kham phu khoa ve xa chua
con bo hoc em lam sao | con em đòi nghỉ học | be lop 7 khong chiu di hoc
mat ngu roi loan tien man kinh | tiền mãn kinh nóng trong người hỏi ai | man kinh bi boc hoa
"""

NEEDS = tuple(tuple(words.strip() for words in line.split("|")) for line in _LINES.strip().splitlines())
"""Over forty needs, some 160 askings."""
